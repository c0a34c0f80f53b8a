import Assembly
import Runtime
import Tensor
import TextPolicy
import TextTraining
import Trajectories
import Wire

/// Writes the answers of a text policy on one rollout thread, one unroll a turn: all answers to some new questions.
///
/// What it writes for a unit that the learner has numbered follows from the run's seed, the policy's version and that number.
/// Without a number, from a relay for instance, the unit is one of its own.
final class TextWritingUnit: RolloutUnit {
  let unrollsPerTurn = 1
  let groupCount = 1
  private let plan: TextPlan
  private let runSeed: UInt64
  /// Makes the units of its own.
  private var own: SplitMix64
  private let player: TextPlayer
  private let policy: TextPolicy
  /// The version that `policy` has; nil before the first turn.
  private var version: UInt64?
  private var pool: TrajectoryPool

  /// - Parameters:
  ///   - index: the worker's number of the thread.
  ///   - ownSeed: for units without a number.
  init(index: Int, _ plan: TextPlan, shape: UnrollShape, runSeed: UInt64, ownSeed: UInt64) {
    self.plan = plan
    self.runSeed = runSeed
    own = SplitMix64(seed: ownSeed)
    player = TextPlayer(plan.task, plan.transformer)
    policy = TextPolicy(plan.transformer)
    pool = TrajectoryPool(shape: shape, group: index)
  }

  func collect(work: [UInt64], newest: () -> PolicySnapshot) throws -> [TrajectoryBuffer] {
    let began = MonotonicClock.seconds
    let snapshot = newest()
    follow(snapshot)
    let buffer = pool.take()
    (buffer.policyVersion, buffer.lastPolicyVersion) = (snapshot.version, snapshot.version)
    buffer.unit = work.first ?? 0
    let unit = TextUnit(
      runSeed: runSeed, policyVersion: snapshot.version, number: work.first ?? own.next())
    let rollouts = try unit.rollouts(player, policy: policy, problems: plan.questions, answers: plan.answers)
    TextUnrollWriter(buffer).write(rollouts, reward: plan.reward(of:))
    buffer.times.inference = MonotonicClock.seconds - began
    return [buffer]
  }

  private func follow(_ snapshot: PolicySnapshot) {
    guard version != snapshot.version else { return }
    policy.parameters.pointer.update(from: snapshot.weights.parameters, count: policy.parameters.count)
    policy.prepare(forTraining: false)
    version = snapshot.version
  }
}
