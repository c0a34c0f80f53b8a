import Environments
import NeuralNetwork
import Runtime
import Tensor
import Trajectories

@testable import ActorCritic

/// A small network with parameters, an optimiser, train steps and batches.
struct TrainFixture {
  static let rowFloats = 4
  static let actionCount = 5

  let network: PolicyNetwork
  let parameters: FloatBuffer
  let optimiser: Adam
  let layout: ObservationLayout
  var options = ActorCriticOptions()

  init(
    heads: ValueHeads = .single, actionCount: Int = Self.actionCount, normalises: Bool = false,
    scalesValues: Bool = false, floor: Float = 0
  ) throws {
    layout = ObservationLayout([
      ObservationField("x", .float32, [Self.rowFloats], .numeric(scale: [1]))
    ])
    var description = NetworkDescription(sizes: NetworkSizes(hidden: 16, recurrent: 8))
    description.normalisesObservations = normalises
    description.normalisesValues = scalesValues
    description.choiceFloor = floor
    network = try PolicyNetwork(
      description, observation: layout, actions: .discrete(actionCount), valueHeads: heads.count)
    parameters = FloatBuffer(count: network.parameters.count)
    optimiser = Adam(parameterCount: network.parameters.count, options: options.adam)
    var generator = RandomGenerator(seed: 21)
    network.initialise(parameters, generator: &generator)
    options.valueHeads = heads
  }

  func step(unrollLength: Int = 7, maximumColumns: Int = 16, shards: Int = 1) throws -> TrainStep {
    try TrainStep(
      network: network, rowByteCount: layout.rowByteCount, options: options, unrollLength: unrollLength,
      maximumColumns: maximumColumns, shards: shards)
  }

  func memory(_ environments: Int, steps: Int = 7) -> UnrollMemory {
    UnrollMemory(
      steps: steps, environments: environments, rowFloats: Self.rowFloats, heads: network.valueHeads,
      stateSize: network.stateSize)
  }

  func randomMemory(_ environments: Int, seed: UInt64) -> UnrollMemory {
    var generator = RandomGenerator(seed: seed)
    let memory = memory(environments)
    memory.randomise(actionCount: network.actions.parameterCount, &generator)
    return memory
  }

  func gradient(_ step: TrainStep, _ batch: [UnrollMemory]) throws -> [Float] {
    _ = try step.differentiate(batch.map(\.trainUnroll), parameters: parameters)
    return elements(step.gradients)
  }

  func elements(_ buffer: FloatBuffer) -> [Float] {
    Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
  }
}

/// Euclidean distance of two vectors, relative to the length of the second.
func relativeDistance(_ a: [Float], _ b: [Float]) -> Double {
  let distance = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
  let norm = b.reduce(0.0) { $0 + Double($1) * Double($1) }
  return (distance / norm).squareRoot()
}
