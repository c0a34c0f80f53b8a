import Checkpoints
import Tensor
import Transport

/// What a `TrainingLoop` trains. `ActorCriticAlgorithm` (V-trace, PPO and a reward model) is one.
///
/// The loop calls an algorithm from one thread: `learn` with all updates that have arrived, `train` with a batch of
/// rollouts, and so on. Between two updates it publishes `parameters` to the workers and saves `checkpointContents`.
protocol Algorithm: AnyObject, SendableMetatype {
  /// What it trains on.
  associatedtype Item: RolloutItem
  /// What it receives in addition to rollouts, such as captions and their labels.
  associatedtype Update: AlgorithmUpdate
  /// What one update of the parameters did.
  associatedtype Report: UpdateReport
  /// What it publishes with every checkpoint, such as the rewards that it has paid per caption.
  associatedtype Audit: Sendable

  /// Applied updates since the run began: the version of the policy in `parameters`.
  var policyVersion: UInt64 { get }
  /// The parameters that workers act with; the same buffer for the algorithm's whole life.
  var parameters: FloatBuffer { get }

  /// Receives what has arrived since the last call, before every `train`; `update` may be empty.
  /// - Throws: if the algorithm cannot continue. The run then fails.
  func learn(_ update: Update) throws

  /// Makes one update of `parameters` from at least a batch of frames.
  /// - Throws: if `items` cannot be trained on. The run then fails.
  func train(_ items: [Item]) throws -> Report

  /// Compares and sums what is to be published with a checkpoint.
  func audit() -> Audit

  /// What a resumed run needs.
  /// - Throws: if a part cannot be encoded.
  func checkpointContents() throws -> CheckpointContents

  /// Restores what `checkpointContents` saved, and the policy version.
  /// - Parameter report: receives a sentence for each part that the checkpoint lacks and that therefore starts from
  ///   scratch.
  /// - Throws: `CheckpointError` that names the missing or unreadable part.
  func restore(_ checkpoint: Checkpoint, report: (String) -> Void) throws
}

/// A piece of experience on its way to the trainer.
protocol RolloutItem: Sendable {
  /// Environment steps.
  var frames: Int { get }
  /// Version of the policy that acted.
  var policyVersion: UInt64 { get }
  /// The worker that gets a credit back for it.
  var source: PeerID { get }
}

extension RolloutItem {
  /// Policy versions between the one that acted and `version`; 0 for a version from the future, which the wire allows.
  func lag(behind version: UInt64) -> Int { version > policyVersion ? Int(clamping: version - policyVersion) : 0 }
}

/// Updates that arrive one after the other and are taken together.
protocol AlgorithmUpdate: Sendable {
  /// An empty update.
  init()
  /// Adds what arrived later.
  mutating func append(_ later: Self)
}

/// What the training loop must know of one update.
protocol UpdateReport: Sendable {
  /// Version of the policy after the update.
  var policyVersion: UInt64 { get }
  /// Environment steps that were trained on.
  var frames: Int { get }
  /// nil if the update was applied. Otherwise the first tensor that was not finite: the update was skipped, and
  /// parameters and optimiser are unchanged.
  var nonFiniteTensor: String? { get }
  /// Time of the update's parts; the loop adds its own.
  var times: UpdateTimes { get set }
}

/// How the trainer's thread spent its time, in seconds.
struct UpdateTimes: Sendable, Equatable {
  /// Waiting for a batch.
  var wait = 0.0
  /// Learning from updates and computing rewards.
  var rewards = 0.0
  /// The train step.
  var train = 0.0
  /// Publishing the new policy to the I/O thread.
  var publish = 0.0

  static func += (sum: inout UpdateTimes, more: UpdateTimes) {
    sum.wait += more.wait
    sum.rewards += more.rewards
    sum.train += more.train
    sum.publish += more.publish
  }

  var total: Double { wait + rewards + train + publish }
}
