import Tensor

/// Minimal gated recurrent unit (Feng et al. 2024, "Were RNNs All We Needed?", without the logarithms): gate and candidate
/// depend on the input alone,
///
///     z = sigmoid(x Wz + bz)      n = x Wn + bn      h' = (1 - z) h + z n
///
/// so that one product serves all steps of an unroll, and only this mean is taken step by step. The logarithms of the paper
/// let a GPU take it for all steps at once; on a CPU it is a few operations a unit already.
public struct MinGRU: RecurrentCell {
  public let inputSize: Int
  public let hiddenSize: Int
  public var stateSize: Int { hiddenSize }
  public var gateCount: Int { 2 }
  public var multiplyAdds: Int { inputSize * gateCount * hiddenSize }

  /// W [inputSize, 2 H], gate z, then candidate n.
  public let inputWeight: ParameterSlice
  /// b [2 H]
  public let bias: ParameterSlice

  private let packedInput: PackedSlice

  public init(_ name: String, inputSize: Int, hiddenSize: Int, in layout: inout ParameterLayout) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    inputWeight = layout.add(
      "\(name).input_weight", [inputSize, 2 * hiddenSize], fanIn: hiddenSize, initial: .orthogonal(blocks: 2))
    bias = layout.add("\(name).bias", [2 * hiddenSize], fanIn: hiddenSize)
    packedInput = PackedSlice(inputWeight, in: &layout)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    packedInput.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  public func forward(
    _ inputs: Matrix, steps: Int, batch: Int, initialState: UnsafePointer<Float>, resets: UnsafePointer<UInt8>?,
    weights: Weights, workspace: RecurrentWorkspace
  ) {
    workspace.check(steps: steps, batch: batch)
    let gates = MutableMatrix(workspace.gates.pointer, rows: steps * batch, columns: 2 * hiddenSize)
    PackedProduct.multiply(inputs, packedInput.weights(weights), bias: weights.parameters + bias.offset, into: gates)
    workspace.state(atStep: 0, batch: batch).update(from: initialState, count: batch * hiddenSize)
    for step in 0..<steps {
      if let resets { reset(workspace.state(atStep: step, batch: batch), where: resets + step * batch, batch: batch) }
      for row in 0..<batch { advance(row, step: step, batch: batch, workspace: workspace) }
    }
  }

  /// Computes the gate and the new state of one row.
  @inline(__always)
  private func advance(_ row: Int, step: Int, batch: Int, workspace: RecurrentWorkspace) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 2 * size
    let previous = workspace.state(atStep: step, batch: batch) + row * size
    let next = workspace.state(atStep: step + 1, batch: batch) + row * size
    let output = workspace.outputs.pointer + index * size
    Lanes.forEach(size) { i, left in
      let z = Lanes.sigmoid(Lanes.load(gates + i, remaining: left))
      let before = Lanes.load(previous + i, remaining: left)
      let h = Lanes.fused(z, Lanes.load(gates + size + i, remaining: left) - before, before)
      Lanes.store(z, to: gates + i, remaining: left)
      Lanes.store(h, to: next + i, remaining: left)
      Lanes.store(h, to: output + i, remaining: left)
    }
  }

  // MARK: Backward pass

  public func backward(
    _ inputs: Matrix, steps: Int, batch: Int, resets: UnsafePointer<UInt8>?, outputGradients: Matrix,
    inputGradients: MutableMatrix, weights: Weights, gradients: UnsafeMutablePointer<Float>,
    workspace: RecurrentWorkspace
  ) {
    workspace.check(steps: steps, batch: batch)
    let carried = workspace.stateGradients.pointer
    carried.update(repeating: 0, count: batch * hiddenSize)
    for step in (0..<steps).reversed() {
      for row in 0..<batch {
        retreat(
          row, step: step, batch: batch, outputGradients: outputGradients.row(step * batch + row), workspace: workspace)
      }
      if let resets { reset(carried, where: resets + step * batch, batch: batch) }
    }
    let gateGradients = Matrix(workspace.gateGradients.pointer, rows: steps * batch, columns: 2 * hiddenSize)
    GradientProduct.add(inputs, outputGradients: gateGradients, to: inputWeight.matrix(in: gradients))
    Rows.addColumnSums(of: gateGradients, to: gradients + bias.offset)
    PackedProduct.multiply(gateGradients, packedInput.transposed(weights), into: inputGradients)
  }

  /// Writes the gate gradients of one row, and replaces the carried gradient by that of the previous state.
  @inline(__always)
  private func retreat(
    _ row: Int, step: Int, batch: Int, outputGradients: UnsafePointer<Float>, workspace: RecurrentWorkspace
  ) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 2 * size
    let previous = workspace.state(atStep: step, batch: batch) + row * size
    let carried = workspace.stateGradients.pointer + row * size
    let gradients = workspace.gateGradients.pointer + index * 2 * size
    Lanes.forEach(size) { i, left in
      let dh = Lanes.load(carried + i, remaining: left) + Lanes.load(outputGradients + i, remaining: left)
      let z = Lanes.load(gates + i, remaining: left)
      let n = Lanes.load(gates + size + i, remaining: left)
      Lanes.store(
        dh * (n - Lanes.load(previous + i, remaining: left)) * z * (1 - z), to: gradients + i, remaining: left)
      Lanes.store(dh * z, to: gradients + size + i, remaining: left)
      Lanes.store(dh * (1 - z), to: carried + i, remaining: left)
    }
  }
}
