import Tensor

/// Long short-term memory (Hochreiter, Schmidhuber 1997; forget gate by Gers, Schmidhuber, Cummins 2000):
///
///     i = sigmoid(x Wi + h Ui + bi)    f = sigmoid(x Wf + h Uf + bf)
///     g = tanh(x Wg + h Ug + bg)       o = sigmoid(x Wo + h Uo + bo)
///     c' = f c + i g                   h' = o tanh c'
///
/// The state of a row is h [H] followed by c [H].
public struct LSTM: RecurrentCell {
  public let inputSize: Int
  public let hiddenSize: Int
  public var stateSize: Int { 2 * hiddenSize }
  public var gateCount: Int { 4 }

  /// W [inputSize, 4 H], gates i, f, g, o.
  public let inputWeight: ParameterSlice
  /// U [H, 4 H]
  public let recurrentWeight: ParameterSlice
  /// b [4 H]
  public let bias: ParameterSlice

  private let packedInput: PackedSlice
  private let packedRecurrent: PackedSlice

  public init(_ name: String, inputSize: Int, hiddenSize: Int, in layout: inout ParameterLayout) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    // Like PyTorch, both products take the number of units as their fan-in.
    inputWeight = layout.add(
      "\(name).input_weight", [inputSize, 4 * hiddenSize], fanIn: hiddenSize, initial: .orthogonal(blocks: 4))
    recurrentWeight = layout.add(
      "\(name).recurrent_weight", [hiddenSize, 4 * hiddenSize], fanIn: hiddenSize, initial: .orthogonal(blocks: 4))
    // The forget gate starts open, so that the cell keeps its memory at first (Jozefowicz, Zaremba and Sutskever 2015).
    bias = layout.add("\(name).bias", [4 * hiddenSize], fanIn: hiddenSize, initial: .constants([0, 1, 0, 0]))
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
    let width = 4 * hiddenSize
    let gates = MutableMatrix(workspace.gates.pointer, rows: steps * batch, columns: width)
    PackedProduct.multiply(inputs, packedInput.weights(weights), bias: weights.parameters + bias.offset, into: gates)
    workspace.state(atStep: 0, batch: batch).update(from: initialState, count: batch * stateSize)
    for step in 0..<steps {
      let previous = workspace.state(atStep: step, batch: batch)
      if let resets { reset(previous, where: resets + step * batch, batch: batch) }
      PackedProduct.multiply(
        Matrix(previous, rows: batch, columns: hiddenSize, stride: stateSize), packedRecurrent.weights(weights),
        into: MutableMatrix(gates.row(step * batch), rows: batch, columns: width), accumulate: true)
      for row in 0..<batch { advance(row, step: step, batch: batch, workspace: workspace) }
    }
  }

  /// Computes the gates and the new state of one row.
  @inline(__always)
  private func advance(_ row: Int, step: Int, batch: Int, workspace: RecurrentWorkspace) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 4 * size
    let previousCell = workspace.state(atStep: step, batch: batch) + row * stateSize + size
    let next = workspace.state(atStep: step + 1, batch: batch) + row * stateSize
    let squashedCell = workspace.auxiliary.pointer + index * size
    let output = workspace.outputs.pointer + index * size
    Lanes.forEach(size) { j, left in
      let i = Lanes.sigmoid(Lanes.load(gates + j, remaining: left))
      let f = Lanes.sigmoid(Lanes.load(gates + size + j, remaining: left))
      let g = Lanes.tanh(Lanes.load(gates + 2 * size + j, remaining: left))
      let o = Lanes.sigmoid(Lanes.load(gates + 3 * size + j, remaining: left))
      let c = Lanes.fused(f, Lanes.load(previousCell + j, remaining: left), i * g)
      let squashed = Lanes.tanh(c)
      let h = o * squashed
      Lanes.store(i, to: gates + j, remaining: left)
      Lanes.store(f, to: gates + size + j, remaining: left)
      Lanes.store(g, to: gates + 2 * size + j, remaining: left)
      Lanes.store(o, to: gates + 3 * size + j, remaining: left)
      Lanes.store(squashed, to: squashedCell + j, remaining: left)
      Lanes.store(h, to: next + j, remaining: left)
      Lanes.store(c, to: next + size + j, remaining: left)
      Lanes.store(h, to: output + j, remaining: left)
    }
  }

  // MARK: Backward pass

  public func backward(
    _ inputs: Matrix, steps: Int, batch: Int, resets: UnsafePointer<UInt8>?, outputGradients: Matrix,
    inputGradients: MutableMatrix, weights: Weights, gradients: UnsafeMutablePointer<Float>,
    workspace: RecurrentWorkspace
  ) {
    workspace.check(steps: steps, batch: batch)
    let width = 4 * hiddenSize
    let carried = workspace.stateGradients.pointer
    carried.update(repeating: 0, count: batch * stateSize)
    let carriedHidden = MutableMatrix(carried, rows: batch, columns: hiddenSize, stride: stateSize)
    for step in (0..<steps).reversed() {
      for row in 0..<batch {
        retreat(
          row, step: step, batch: batch, outputGradients: outputGradients.row(step * batch + row), workspace: workspace)
      }
      let start = workspace.gateGradients.pointer + step * batch * width
      PackedProduct.multiply(
        Matrix(start, rows: batch, columns: width), packedRecurrent.transposed(weights), into: carriedHidden)
      if let resets { reset(carried, where: resets + step * batch, batch: batch) }
    }
    let rows = steps * batch
    let gateGradients = Matrix(workspace.gateGradients.pointer, rows: rows, columns: width)
    let previous = Matrix(workspace.states.pointer, rows: rows, columns: hiddenSize, stride: stateSize)
    GradientProduct.add(inputs, outputGradients: gateGradients, to: inputWeight.matrix(in: gradients))
    GradientProduct.add(previous, outputGradients: gateGradients, to: recurrentWeight.matrix(in: gradients))
    Rows.addColumnSums(of: gateGradients, to: gradients + bias.offset)
    PackedProduct.multiply(gateGradients, packedInput.transposed(weights), into: inputGradients)
  }

  /// Writes the gate gradients of one row, and the gradient of the previous cell to the carried gradient.
  @inline(__always)
  private func retreat(
    _ row: Int, step: Int, batch: Int, outputGradients: UnsafePointer<Float>, workspace: RecurrentWorkspace
  ) {
    let size = hiddenSize
    let index = step * batch + row
    let gates = workspace.gates.pointer + index * 4 * size
    let previousCell = workspace.state(atStep: step, batch: batch) + row * stateSize + size
    let squashedCell = workspace.auxiliary.pointer + index * size
    let carried = workspace.stateGradients.pointer + row * stateSize
    let gateGradients = workspace.gateGradients.pointer + index * 4 * size
    Lanes.forEach(size) { j, left in
      let dh = Lanes.load(carried + j, remaining: left) + Lanes.load(outputGradients + j, remaining: left)
      let i = Lanes.load(gates + j, remaining: left)
      let f = Lanes.load(gates + size + j, remaining: left)
      let g = Lanes.load(gates + 2 * size + j, remaining: left)
      let o = Lanes.load(gates + 3 * size + j, remaining: left)
      let squashed = Lanes.load(squashedCell + j, remaining: left)
      let dc = Lanes.fused(dh * o, 1 - squashed * squashed, Lanes.load(carried + size + j, remaining: left))
      Lanes.store(dc * g * i * (1 - i), to: gateGradients + j, remaining: left)
      let df = dc * Lanes.load(previousCell + j, remaining: left) * f * (1 - f)
      Lanes.store(df, to: gateGradients + size + j, remaining: left)
      Lanes.store(dc * i * (1 - g * g), to: gateGradients + 2 * size + j, remaining: left)
      Lanes.store(dh * squashed * o * (1 - o), to: gateGradients + 3 * size + j, remaining: left)
      Lanes.store(dc * f, to: carried + size + j, remaining: left)
    }
  }
}
