import Runtime
import Tensor

/// Long short-term memory (Hochreiter, Schmidhuber 1997; forget gate by Gers, Schmidhuber, Cummins 2000):
///
///     i = sigmoid(x Wi + h Ui + bi)    f = sigmoid(x Wf + h Uf + bf)
///     g = tanh(x Wg + h Ug + bg)       o = sigmoid(x Wo + h Uo + bo)
///     c' = f c + i g                   h' = o tanh c'
///
/// The state of a row is h [H], then c [H].
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

  let packedInput: PackedSlice
  let packedRecurrent: PackedSlice

  public init(_ name: String, inputSize: Int, hiddenSize: Int, in layout: inout ParameterLayout) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    // PyTorch takes the units for the fan in of both products.
    inputWeight = layout.add("\(name).input_weight", [inputSize, 4 * hiddenSize], fanIn: hiddenSize)
    recurrentWeight = layout.add("\(name).recurrent_weight", [hiddenSize, 4 * hiddenSize], fanIn: hiddenSize)
    bias = layout.add("\(name).bias", [4 * hiddenSize], fanIn: hiddenSize)
    packedInput = PackedSlice(inputWeight, in: &layout)
    packedRecurrent = PackedSlice(recurrentWeight, in: &layout)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    packedInput.prepare(parameters, into: prepared, forTraining: forTraining)
    packedRecurrent.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  /// The forget gate's bias begins at 1, so that memory is kept at first (Jozefowicz, Zaremba, Sutskever 2015).
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    initialiseGates(of: inputWeight, parameters, generator: &generator)
    initialiseGates(of: recurrentWeight, parameters, generator: &generator)
    (parameters + bias.offset).update(repeating: 0, count: bias.count)
    (parameters + bias.offset + hiddenSize).update(repeating: 1, count: hiddenSize)
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

  /// The gates and the new state of one row.
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
}
