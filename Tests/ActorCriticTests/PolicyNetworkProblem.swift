import ActorCritic
import Environments
import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Trajectories

/// A small network with random parameters and an unroll of random observations, for comparison with Float64.
final class PolicyNetworkProblem {
  static let layout = ObservationLayout([
    ObservationField("glyphs", .int16, [2, 3], .categorical(cardinality: 7)),
    ObservationField("status", .int32, [4], .numeric(scale: [0.1, 0.02, 1, 0.5])),
    ObservationField("secret", .int64, [2], .hidden),
    ObservationField("kind", .uint8, [], .categorical(cardinality: 3)),
    ObservationField("message", .uint8, [24], .text),
    ObservationField("position", .float32, [2], .numeric(scale: [2])),
    ObservationField("inventory", .uint8, [16], .text),
  ])
  static let words = ["newt", "You", "hit", "the", "a", "door", "x2", "bites!"]

  let description: NetworkDescription
  let network: PolicyNetwork
  let steps: Int
  let batch: Int
  let parameters: FloatBuffer
  private let prepared: FloatBuffer
  let initialState: FloatBuffer
  let resets: [UInt8]
  let rows: [UnsafeRawPointer]
  /// Gradients of the loss, which is linear, with respect to logits and values.
  let logitDirection, valueDirection: [Float]
  private let memory: UnsafeMutableRawPointer

  /// - Parameter change: changes the network's description.
  init(
    _ recurrent: RecurrentKind, steps: Int, batch: Int, valueHeads: Int = 2,
    change: (inout NetworkDescription) -> Void = { _ in }
  ) throws {
    var description = NetworkDescription(
      .mlp, sizes: NetworkSizes(embedding: 3, text: 5, hidden: 9, recurrent: 10), recurrent: recurrent)
    change(&description)
    self.description = description
    network = try PolicyNetwork(description, observation: Self.layout, actions: .discrete(6), valueHeads: valueHeads)
    self.steps = steps
    self.batch = batch
    var generator = RandomGenerator(seed: 21)
    parameters = FloatBuffer(generator.values(network.parameters.count, scale: 0.6))
    for slice in network.parameters.slices where slice.name == "encoder.numeric.variance" {
      for i in slice.offset..<slice.offset + slice.count { parameters.pointer[i] = abs(parameters.pointer[i]) + 0.1 }
    }
    for slice in network.parameters.slices where slice.name == "policy.floor" {
      parameters.pointer[slice.offset] = description.choiceFloor
    }
    prepared = network.makePrepared()
    initialState = FloatBuffer(generator.values(batch * network.stateSize))
    resets = (0..<steps * batch).map { _ in generator.uniform() < 0.2 ? 1 : 0 }
    logitDirection = generator.values(steps * batch * network.actions.parameterCount)
    valueDirection = generator.values(steps * batch * valueHeads)
    let size = Self.layout.rowByteCount
    memory = .allocate(byteCount: steps * batch * size, alignment: 8)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: steps * batch * size)
    rows = (0..<steps * batch).map { [memory] in UnsafeRawPointer(memory + $0 * size) }
    for row in 0..<steps * batch { Self.fill(memory + row * size, &generator) }
  }

  deinit { memory.deallocate() }

  private static func fill(_ row: UnsafeMutableRawPointer, _ generator: inout RandomGenerator) {
    for (field, offset) in zip(layout.fields, layout.offsets) {
      let start = row + offset
      switch field.name {
      case "glyphs":
        // Sometimes one beyond the cardinality, which reads the last row of the table.
        for i in 0..<6 { start.storeBytes(of: Int16(generator.below(8)), toByteOffset: 2 * i, as: Int16.self) }
      case "status":
        for i in 0..<4 { start.storeBytes(of: Int32(generator.below(100)) - 50, toByteOffset: 4 * i, as: Int32.self) }
      case "secret":
        for i in 0..<2 { start.storeBytes(of: Int64(generator.below(1000)), toByteOffset: 8 * i, as: Int64.self) }
      case "kind": start.storeBytes(of: UInt8(generator.below(3)), as: UInt8.self)
      case "position":
        for i in 0..<2 { start.storeBytes(of: generator.uniform() - 0.5, toByteOffset: 4 * i, as: Float.self) }
      default:
        var text = ""
        for _ in 0..<generator.below(4) { text += words[generator.below(words.count)] + " " }
        for (i, byte) in text.utf8.prefix(field.byteCount).enumerated() {
          start.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
        }
      }
    }
  }

  /// The current parameters.
  var weights: Weights { network.prepare(parameters.pointer, into: prepared, forTraining: true) }

  func forward(_ workspace: PolicyWorkspace) {
    network.forward(
      rows: rows, steps: steps, batch: batch, initialState: initialState.pointer, resets: resets,
      weights: weights, workspace: workspace)
  }

  func backward(_ workspace: PolicyWorkspace, into gradients: FloatBuffer) {
    network.backward(
      rows: rows, steps: steps, batch: batch, initialState: initialState.pointer, resets: resets,
      logitGradients: logitDirection, valueGradients: valueDirection, weights: weights,
      gradients: gradients.pointer, workspace: workspace)
  }

  func logits(_ workspace: PolicyWorkspace) -> [Float] {
    Array(UnsafeBufferPointer(start: workspace.logits, count: steps * batch * network.actions.parameterCount))
  }

  func values(_ workspace: PolicyWorkspace) -> [Float] {
    Array(UnsafeBufferPointer(start: workspace.values, count: steps * batch * network.valueHeads))
  }
}
