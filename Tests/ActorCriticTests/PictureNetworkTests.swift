import NeuralNetwork
import Runtime
import Tensor
import Testing
import Trajectories

@testable import ActorCritic

/// Networks on pictures, from the smallest that a convolution fits to those of Atari games.
@Suite struct PictureNetworkTests {
  private static let sizes = [(2, 5), (3, 3), (7, 7), (9, 12), (20, 31), (64, 64), (84, 84)]

  /// The sum of all logits, and its gradient with respect to the parameters.
  private struct Pass {
    let network: PolicyNetwork
    let parameters: FloatBuffer
    let row: UnsafeMutableRawPointer
    var sum: Double {
      let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: 1)
      forward(workspace)
      return (0..<network.actions.parameterCount).reduce(0) { $0 + Double(workspace.logits[$1]) }
    }

    @discardableResult
    private func forward(_ workspace: PolicyWorkspace) -> (Weights, FloatBuffer) {
      let prepared = network.makePrepared()
      let weights = network.prepare(parameters.pointer, into: prepared, forTraining: true)
      network.forward(
        rows: [UnsafeRawPointer(row)], steps: 1, batch: 1, initialState: [0], resets: [0], weights: weights,
        workspace: workspace)
      return (weights, prepared)
    }

    func gradient() -> [Float] {
      let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: 1)
      let (weights, prepared) = forward(workspace)
      let gradients = FloatBuffer(count: network.parameters.count)
      withExtendedLifetime(prepared) {
        network.backward(
          rows: [UnsafeRawPointer(row)], steps: 1, batch: 1, initialState: [0], resets: [0],
          logitGradients: [Float](repeating: 1, count: network.actions.parameterCount), valueGradients: [0],
          weights: weights, gradients: gradients.pointer, workspace: workspace)
      }
      return (0..<gradients.count).map { gradients.pointer[$0] }
    }
  }

  /// The derivative along the gradient is its squared length. Forward passes in Float32 allow a percent.
  @Test(arguments: sizes, [NetworkEntry.compact, .mlp, .impala])
  func theGradientIsTheSlope(size: (Int, Int), entry: NetworkEntry) throws {
    let layout = ObservationLayout([ObservationField("picture", .uint8, [size.0, size.1, 3], .image)])
    var description = NetworkDescription(entry, sizes: NetworkSizes(hidden: 8), recurrent: .none)
    description.policyGain = 1
    let network = try PolicyNetwork(description, observation: layout, actions: .discrete(3), valueHeads: 1)
    let parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 5)
    network.initialise(parameters, generator: &generator)
    let row = UnsafeMutableRawPointer.allocate(byteCount: layout.rowByteCount, alignment: 8)
    defer { row.deallocate() }
    for index in 0..<layout.rowByteCount {
      row.storeBytes(of: UInt8(truncatingIfNeeded: generator.below(256)), toByteOffset: index, as: UInt8.self)
    }
    let pass = Pass(network: network, parameters: parameters, row: row)
    let gradient = pass.gradient()
    let length = gradient.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(length > 0)
    // A step that changes the sum by about 0.02 in all.
    let step = Float(0.01 / length)
    for index in gradient.indices { parameters.pointer[index] += step * gradient[index] }
    let above = pass.sum
    for index in gradient.indices { parameters.pointer[index] -= 2 * step * gradient[index] }
    let slope = (above - pass.sum) / (2 * Double(step))
    #expect(abs(slope / length - 1) < 0.01, "\(slope) instead of \(length)")
  }
}
