import Tensor

/// Gated recurrent unit (Cho et al. 2014) with the reset gate applied after the recurrent product, as in PyTorch and
/// cuDNN:
///
///     r = sigmoid(x Wr + ar + h Ur + br)      z = sigmoid(x Wz + az + h Uz + bz)
///     n = tanh(x Wn + an + r (h Un + bn))     h' = (1 - z) n + z h
public struct GRU: RecurrentCell {
  public let inputSize: Int
  public let hiddenSize: Int
  public var stateSize: Int { hiddenSize }
  public var gateCount: Int { 3 }

  /// W [inputSize, 3 H], gates r, z, n.
  public let inputWeight: ParameterSlice
  /// a [3 H]
  public let inputBias: ParameterSlice
  /// U [H, 3 H]
  public let recurrentWeight: ParameterSlice
  /// b [3 H]
  public let recurrentBias: ParameterSlice

  private let packedInput: PackedSlice
  private let packedRecurrent: PackedSlice

  public init(_ name: String, inputSize: Int, hiddenSize: Int, in layout: inout ParameterLayout) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    // Like PyTorch, both products take the number of units as their fan-in.
    inputWeight = layout.add(
      "\(name).input_weight", [inputSize, 3 * hiddenSize], fanIn: hiddenSize, initial: .orthogonal(blocks: 3))
    inputBias = layout.add("\(name).input_bias", [3 * hiddenSize], fanIn: hiddenSize)
    recurrentWeight = layout.add(
      "\(name).recurrent_weight", [hiddenSize, 3 * hiddenSize], fanIn: hiddenSize, initial: .orthogonal(blocks: 3))
    recurrentBias = layout.add("\(name).recurrent_bias", [3 * hiddenSize], fanIn: hiddenSize)
    packedInput = PackedSlice(inputWeight, in: &layout)
    packedRecurrent = PackedSlice(recurrentWeight, in: &layout)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    packedInput.prepare(parameters, into: prepared, forTraining: forTraining)
    packedRecurrent.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  public func forward(
    _ inputs: Matrix, steps: Int, batch: Int, initialState: UnsafePointer<Float>, resets: UnsafePointer<UInt8>?,
    weights: Weights, workspace: RecurrentWorkspace
  ) {
    workspace.check(steps: steps, batch: batch)
    let width = 3 * hiddenSize
    let gates = MutableMatrix(workspace.gates.pointer, rows: steps * batch, columns: width)
    PackedProduct.multiply(
      inputs, packedInput.weights(weights), bias: weights.parameters + inputBias.offset, into: gates)
    workspace.state(atStep: 0, batch: batch).update(from: initialState, count: batch * hiddenSize)
    let recurrent = MutableMatrix(workspace.recurrentGates.pointer, rows: batch, columns: width)
    for step in 0..<steps {
      let previous = workspace.state(atStep: step, batch: batch)
      if let resets { reset(previous, where: resets + step * batch, batch: batch) }
      PackedProduct.multiply(
        Matrix(previous, rows: batch, columns: hiddenSize), packedRecurrent.weights(weights),
        bias: weights.parameters + recurrentBias.offset, into: recurrent)
      for row in 0..<batch { advance(row, step: step, batch: batch, workspace: workspace) }
    }
  }

  /// Computes the gates and the new state of one row.
  @inline(__always)
  private func advance(_ row: Int, step: Int, batch: Int, workspace: RecurrentWorkspace) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 3 * size
    let recurrent = workspace.recurrentGates.pointer + row * 3 * size
    let previous = workspace.state(atStep: step, batch: batch) + row * size
    let next = workspace.state(atStep: step + 1, batch: batch) + row * size
    let candidateTerm = workspace.auxiliary.pointer + index * size
    let output = workspace.outputs.pointer + index * size
    Lanes.forEach(size) { i, left in
      let r = Lanes.sigmoid(Lanes.load(gates + i, remaining: left) + Lanes.load(recurrent + i, remaining: left))
      let z = Lanes.sigmoid(
        Lanes.load(gates + size + i, remaining: left) + Lanes.load(recurrent + size + i, remaining: left))
      let term = Lanes.load(recurrent + 2 * size + i, remaining: left)
      let n = Lanes.tanh(Lanes.fused(r, term, Lanes.load(gates + 2 * size + i, remaining: left)))
      let h = Lanes.fused(z, Lanes.load(previous + i, remaining: left) - n, n)
      Lanes.store(r, to: gates + i, remaining: left)
      Lanes.store(z, to: gates + size + i, remaining: left)
      Lanes.store(n, to: gates + 2 * size + i, remaining: left)
      Lanes.store(term, to: candidateTerm + i, remaining: left)
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
    let width = 3 * hiddenSize
    let carried = MutableMatrix(workspace.stateGradients.pointer, rows: batch, columns: hiddenSize)
    carried.pointer.update(repeating: 0, count: batch * hiddenSize)
    for step in (0..<steps).reversed() {
      for row in 0..<batch {
        retreat(
          row, step: step, batch: batch, outputGradients: outputGradients.row(step * batch + row), workspace: workspace)
      }
      let start = workspace.recurrentGateGradients.pointer + step * batch * width
      PackedProduct.multiply(
        Matrix(start, rows: batch, columns: width), packedRecurrent.transposed(weights), into: carried,
        accumulate: true)
      if let resets { reset(carried.pointer, where: resets + step * batch, batch: batch) }
    }
    let rows = steps * batch
    let inputPart = Matrix(workspace.gateGradients.pointer, rows: rows, columns: width)
    let recurrentPart = Matrix(workspace.recurrentGateGradients.pointer, rows: rows, columns: width)
    let previous = Matrix(workspace.states.pointer, rows: rows, columns: hiddenSize)
    GradientProduct.add(inputs, outputGradients: inputPart, to: inputWeight.matrix(in: gradients))
    GradientProduct.add(previous, outputGradients: recurrentPart, to: recurrentWeight.matrix(in: gradients))
    Rows.addColumnSums(of: inputPart, to: gradients + inputBias.offset)
    Rows.addColumnSums(of: recurrentPart, to: gradients + recurrentBias.offset)
    PackedProduct.multiply(inputPart, packedInput.transposed(weights), into: inputGradients)
  }

  /// Writes the gate gradients of one row, and to the carried gradient the part that reaches the previous state directly.
  @inline(__always)
  private func retreat(
    _ row: Int, step: Int, batch: Int, outputGradients: UnsafePointer<Float>, workspace: RecurrentWorkspace
  ) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 3 * size
    let previous = workspace.state(atStep: step, batch: batch) + row * size
    let candidateTerm = workspace.auxiliary.pointer + index * size
    let carried = workspace.stateGradients.pointer + row * size
    let inputPart = workspace.gateGradients.pointer + index * 3 * size
    let recurrentPart = workspace.recurrentGateGradients.pointer + index * 3 * size
    Lanes.forEach(size) { i, left in
      let dh = Lanes.load(carried + i, remaining: left) + Lanes.load(outputGradients + i, remaining: left)
      let r = Lanes.load(gates + i, remaining: left)
      let z = Lanes.load(gates + size + i, remaining: left)
      let n = Lanes.load(gates + 2 * size + i, remaining: left)
      let dn = dh * (1 - z) * (1 - n * n)
      let dz = dh * (Lanes.load(previous + i, remaining: left) - n) * z * (1 - z)
      let dr = dn * Lanes.load(candidateTerm + i, remaining: left) * r * (1 - r)
      Lanes.store(dr, to: inputPart + i, remaining: left)
      Lanes.store(dr, to: recurrentPart + i, remaining: left)
      Lanes.store(dz, to: inputPart + size + i, remaining: left)
      Lanes.store(dz, to: recurrentPart + size + i, remaining: left)
      Lanes.store(dn, to: inputPart + 2 * size + i, remaining: left)
      Lanes.store(dn * r, to: recurrentPart + 2 * size + i, remaining: left)
      Lanes.store(dh * z, to: carried + i, remaining: left)
    }
  }
}
