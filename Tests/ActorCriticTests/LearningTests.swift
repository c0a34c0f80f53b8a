import NeuralNetwork
import Runtime
import Tensor
import Testing
import Trajectories

@testable import ActorCritic

@Suite struct LearningTests {
  /// Episodes of one step: the observation is one of four unit vectors, and the action with its index is rewarded. The
  /// median of seeds counts, because one seed may depend on rounding.
  @Test(arguments: [ValueHeads.single, .separate])
  func learnsWhatIsPaid(heads: ValueHeads) throws {
    let shares = try (31...35).map { try Self.rewardedShares(heads, seed: $0) }
    #expect(shares.map(\.before).sorted()[2] < 0.5, "\(shares)")
    #expect(shares.map(\.after).sorted()[2] > 0.9, "\(shares)")
  }

  /// The share of rewarded steps before and after 150 updates.
  private static func rewardedShares(_ heads: ValueHeads, seed: UInt64) throws -> (before: Double, after: Double) {
    var fixture = try TrainFixture(heads: heads, actionCount: TrainFixture.rowFloats)
    fixture.options.learningRate = 1e-2
    let (steps, columns) = (8, 16)
    let step = try fixture.step(unrollLength: steps, maximumColumns: columns, shards: 2)
    let player = BanditPlayer(fixture, steps: steps, columns: columns)
    var generator = RandomGenerator(seed: seed)
    let before = player.play(&generator)
    for version in 0..<150 as Range<UInt64> {
      _ = player.play(&generator)
      _ = try step.update(
        [player.memory.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser,
        policyVersion: version)
    }
    return (before, player.play(&generator))
  }
}

/// Plays the bandit into one unroll with the fixture's current parameters.
private struct BanditPlayer {
  let fixture: TrainFixture
  let memory: UnrollMemory
  private let workspace: PolicyWorkspace
  private let prepared: FloatBuffer

  init(_ fixture: TrainFixture, steps: Int, columns: Int) {
    self.fixture = fixture
    memory = UnrollMemory(
      steps: steps, environments: columns, rowFloats: TrainFixture.rowFloats, heads: fixture.network.valueHeads,
      stateSize: fixture.network.stateSize)
    prepared = fixture.network.makePrepared()
    workspace = fixture.network.makeWorkspace(maximumSteps: 1, maximumBatch: columns)
  }

  /// Fills the unroll. Half of a reward is extrinsic, half intrinsic.
  /// - Returns: the share of rewarded steps.
  func play(_ generator: inout RandomGenerator) -> Double {
    let columns = memory.environments
    var paid = 0
    for step in 0...memory.steps {
      var answers: [Int32] = []
      for column in 0..<columns {
        let row = memory.observations + (step * columns + column) * TrainFixture.rowFloats
        row.update(repeating: 0, count: TrainFixture.rowFloats)
        let answer = generator.below(TrainFixture.rowFloats)
        row[answer] = 1
        answers.append(Int32(answer))
      }
      guard step < memory.steps else { break }
      act(step, &generator)
      for (column, answer) in answers.enumerated() {
        let index = step * columns + column
        let isRight = memory.actions[index] == answer
        memory.extrinsic[index] = isRight ? 0.5 : 0
        memory.intrinsic[index] = isRight ? 0.5 : 0
        memory.flags[index] = StepFlags.terminated.rawValue
        if isRight { paid += 1 }
      }
    }
    return Double(paid) / Double(memory.frames)
  }

  private func act(_ step: Int, _ generator: inout RandomGenerator) {
    let columns = memory.environments
    let rows = (0..<columns).map {
      UnsafeRawPointer(memory.observations + (step * columns + $0) * TrainFixture.rowFloats)
    }
    var state = [Float](repeating: 0, count: columns * fixture.network.stateSize)  // each step begins an episode
    fixture.network.infer(
      rows: rows, batch: columns, state: &state,
      weights: fixture.network.prepare(fixture.parameters.pointer, into: prepared, forTraining: false),
      workspace: workspace)
    let head = fixture.network.actions
    for column in 0..<columns {
      let frame = step * columns + column
      memory.behaviour[frame] = head.sample(
        workspace.logits + column * head.parameterCount, &generator, into: memory.actions + frame)
    }
  }
}
