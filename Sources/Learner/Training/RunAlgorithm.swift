import Checkpoints
import IntrinsicReward
import Tensor

/// An algorithm that trains on unrolls and learns from captions and labels, as every run of a learner does.
protocol UnrollAlgorithm: Algorithm
where Item == QueuedUnroll, Update == RewardUpdate, Report == TrainReport, Audit == RewardAudit {
  /// Whether updates must contain the texts of new captions.
  var readsTexts: Bool { get }
  /// The version of what has been learned from labels; 0 for nothing.
  var rewardVersion: Int { get }

  /// Takes in what earlier sessions left, before the first update of the policy.
  /// - Parameter isInterrupted: asked between training steps; if it returns true the call returns early.
  func learnEarlier(_ update: RewardUpdate, isInterrupted: () -> Bool) throws

  /// Makes the policy that a new run begins with from the initial one.
  /// - Parameters:
  ///   - isInterrupted: asked between training steps; if it returns true the call returns early.
  ///   - report: receives a sentence for the log.
  func begin(isInterrupted: () -> Bool, report: (String) -> Void) throws
}

/// The algorithm of a run, whichever its task needs. The learner's parts name this type, so that they are the same for all.
final class RunAlgorithm: Algorithm {
  private let method: any UnrollAlgorithm

  init(_ method: any UnrollAlgorithm) { self.method = method }

  /// The algorithm of a run with several learners.
  var actorCritic: ActorCriticAlgorithm {
    guard let method = method as? ActorCriticAlgorithm else {
      preconditionFailure("RankRules admits several learners for an actor and a critic only")
    }
    return method
  }

  var policyVersion: UInt64 { method.policyVersion }
  var parameters: FloatBuffer { method.parameters }
  var readsTexts: Bool { method.readsTexts }
  var rewardVersion: Int { method.rewardVersion }

  func learn(_ update: RewardUpdate) throws { try method.learn(update) }

  func learnEarlier(_ update: RewardUpdate, isInterrupted: () -> Bool) throws {
    try method.learnEarlier(update, isInterrupted: isInterrupted)
  }

  func begin(isInterrupted: () -> Bool, report: (String) -> Void) throws {
    try method.begin(isInterrupted: isInterrupted, report: report)
  }

  func train(_ items: [QueuedUnroll]) throws -> TrainReport { try method.train(items) }

  func audit() -> RewardAudit { method.audit() }

  func checkpointContents() throws -> CheckpointContents { try method.checkpointContents() }

  func restore(_ checkpoint: Checkpoint, report: (String) -> Void) throws {
    try method.restore(checkpoint, report: report)
  }
}
