import NeuralNetwork
import Runtime
import Tensor

extension Kernel {
  /// Steps of recurrent cells beside their matrix products alone: what is missing to 1 is the price of the gates, what
  /// is above 1 is gained by better products.
  static var recurrent: [Kernel] {
    [
      step("GRU", batch: 1) { GRU("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
      step("GRU", batch: 16) { GRU("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
      step("GRU", batch: 64) { GRU("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
      step("LSTM", batch: 16) { LSTM("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
    ]
  }

  private static func step(
    _ name: String, batch: Int, inputs: Int = 795, hidden: Int = 512,
    make: (_ layout: inout ParameterLayout, _ inputs: Int, _ hidden: Int) -> any RecurrentCell
  ) -> Kernel {
    var layout = ParameterLayout()
    let cell = make(&layout, inputs, hidden)
    let width = cell.gateCount * hidden
    let parameters = FloatBuffer(count: layout.count)
    var generator = RandomGenerator(seed: 1)
    cell.initialise(parameters.pointer, generator: &generator)
    let prepared = FloatBuffer(count: layout.preparedCount)
    cell.prepare(parameters.pointer, into: prepared.pointer, forTraining: false)
    let workspace = cell.makeWorkspace(maximumSteps: 1, maximumBatch: batch)
    let (x, state) = (FloatBuffer.random(batch * inputs), FloatBuffer.random(batch * cell.stateSize))
    let (inputWeight, recurrentWeight) = (FloatBuffer.random(inputs * width), FloatBuffer.random(hidden * width))
    let gates = FloatBuffer(count: batch * width)
    return Kernel(
      "\(name) step \(inputs) to \(hidden), batch \(batch)", .operations(2 * batch * (inputs + hidden) * width),
      beside: "its products by OpenBLAS"
    ) {
      cell.forward(
        x.matrix(batch, inputs), steps: 1, batch: batch, initialState: state.pointer, resets: nil,
        weights: Weights(parameters: parameters.pointer, prepared: prepared.pointer), workspace: workspace)
    } yardstick: {
      BLAS.multiply(x.matrix(batch, inputs), inputWeight.matrix(inputs, width), into: gates.mutable(batch, width))
      BLAS.multiply(
        state.matrix(batch, hidden), recurrentWeight.matrix(hidden, width), into: gates.mutable(batch, width),
        accumulate: true)
    }
  }
}
