import Runtime
import Tensor
import Testing
import Trajectories

@testable import ActorCritic

@Suite struct ActionMaskTests {
  private static let space = ActionSpace.factored([3, 2])
  private static let layout = ObservationLayout([
    ObservationField("state", .float32, [2], .numeric(scale: [1])),
    ObservationField("legal", .uint8, [5], .actionMask),
  ])

  private func network(_ layout: ObservationLayout = layout, _ space: ActionSpace = space) throws -> PolicyNetwork {
    try PolicyNetwork(
      NetworkDescription(.mlp, sizes: NetworkSizes(hidden: 8), recurrent: .none), observation: layout, actions: space,
      valueHeads: 1)
  }

  @Test func illegalActionsAreNeverChosenAndHaveNoGradient() throws {
    let network = try network()
    let parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 1)
    network.initialise(parameters, generator: &generator)
    let prepared = network.makePrepared()
    let weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    // The weights are pointers into both.
    defer { withExtendedLifetime((parameters, prepared)) {} }
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: 1)
    let row = UnsafeMutableRawPointer.allocate(byteCount: Self.layout.rowByteCount, alignment: 8)
    defer { row.deallocate() }
    row.initializeMemory(as: UInt8.self, repeating: 0, count: Self.layout.rowByteCount)
    // Of the second factor nothing is legal, so all of it is.
    for (index, legal) in [0, 1, 1, 0, 0].enumerated() {
      row.storeBytes(of: UInt8(legal), toByteOffset: 8 + index, as: UInt8.self)
    }
    var state: [Float] = [0]
    network.infer(
      rows: [UnsafeRawPointer(row)], batch: 1, state: &state, weights: weights, workspace: workspace)
    var seen: Set<[UInt32]> = []
    for _ in 0..<200 {
      var action: [UInt32] = [9, 9]
      #expect(network.actions.sample(workspace.logits, &generator, into: &action).isFinite)
      seen.insert(action)
    }
    #expect(seen == [[1, 0], [1, 1], [2, 0], [2, 1]])
    var distribution = [Float](repeating: 0, count: 5)
    network.actions.normalise(workspace.logits, rows: 1, into: &distribution)
    var gradient = distribution
    network.actions.writeGradient(
      distribution, action: [UInt32(1), 0], logProbabilityGradient: 1, entropyGradient: 1, into: &gradient)
    #expect(gradient[0] == 0 && gradient.allSatisfy(\.isFinite) && gradient[1] != 0)
  }

  @Test func aMaskFitsItsSpace() throws {
    #expect(throws: PolicyNetworkError.self) { try network(Self.layout, .discrete(4)) }
    #expect(throws: PolicyNetworkError.self) { try network(Self.layout, .continuous([-1...1])) }
  }
}
