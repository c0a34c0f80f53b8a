import Checkpoints
import Foundation
import NeuralNetwork
import Runtime
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

/// Who sent an unroll, and the number that its session gave it.
struct UnrollOrigin: Sendable, Hashable {
  let source: PeerID
  let sequence: UInt64
}

/// Unrolls of a batch that were not trained on, because a tensor that was computed from them is not finite.
struct NonFiniteUnrolls: Sendable, Hashable {
  /// The first such tensor.
  let tensor: String
  let unrolls: [UnrollOrigin]
  /// Whether each of them alone leads to it, and others were trained on from the same parameters. If not, they are all
  /// unrolls of the batch, and it is not known which, if any, is the cause.
  let areProven: Bool
}

extension RolloutItem {
  /// Policy versions between the one that acted and `version`; 0 for a version from the future, which the learner's border
  /// refuses.
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
  /// Environment steps of the batch that were not trained on, because they lead to numbers that are not finite.
  var discardedFrames: Int { get }
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
  /// The train step, the next three included.
  var train = 0.0
  /// Its forward pass, with V-trace and advantages.
  var forward = 0.0
  /// Its loss and backward pass, with the sum of the gradients over the threads.
  var backward = 0.0
  /// Its clipping and its optimiser.
  var optimiser = 0.0
  /// Publishing the new policy to the I/O thread.
  var publish = 0.0
  /// Saving checkpoints.
  var checkpoint = 0.0

  static func += (sum: inout UpdateTimes, more: UpdateTimes) {
    sum.wait += more.wait
    sum.rewards += more.rewards
    sum.train += more.train
    sum.forward += more.forward
    sum.backward += more.backward
    sum.optimiser += more.optimiser
    sum.publish += more.publish
    sum.checkpoint += more.checkpoint
  }

  var total: Double { wait + rewards + train + publish + checkpoint }
}

/// What a checkpoint holds of an algorithm: named arrays, and texts for the rest.
struct CheckpointContents {
  /// A buffer whose slices become the tensors `prefix + name`.
  struct Arrays {
    let prefix: String
    let layout: ParameterLayout
    let buffer: FloatBuffer
  }

  var arrays: [Arrays] = []
  var texts: [String: String] = [:]

  /// Stores `value` as JSON with sorted keys.
  mutating func encode(_ value: some Encodable, as key: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    texts[key] = String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Views of the arrays; valid while `self` lives.
  var tensors: [NamedTensor] {
    arrays.flatMap { part in
      part.layout.slices.map { slice in
        NamedTensor(
          part.prefix + slice.name, shape: slice.shape,
          UnsafeBufferPointer(start: UnsafePointer(part.buffer.pointer + slice.offset), count: slice.count))
      }
    }
  }
}

extension Checkpoint {
  /// Reads a value that `CheckpointContents.encode` stored.
  /// - Throws: `CheckpointError` naming the checkpoint and the key.
  func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
    do {
      let value = try JSONDecoder().decode(type, from: Data(try text(key).utf8))
      try (value as? any ForeignNumbers)?.checkNumbers()
      return value
    } catch let error as DecodingError {
      throw CheckpointError(path, "its \"\(key)\" cannot be read: \(SystemReason.text(of: error))")
    } catch let error as ForeignNumberError {
      throw CheckpointError(path, "its \"\(key)\" cannot be used: \(error)")
    }
  }

  /// Copies the tensors of `arrays` into its buffer.
  /// - Throws: `CheckpointError` naming the tensor that is missing or has another shape, for instance another
  ///   network's.
  func fill(_ arrays: CheckpointContents.Arrays) throws {
    for slice in arrays.layout.slices {
      let tensor = try tensor(arrays.prefix + slice.name)
      guard tensor.shape == slice.shape else {
        throw CheckpointError(path, "\(tensor.name) has shape \(tensor.shape); this run's network needs \(slice.shape)")
      }
      try tensor.copy(into: UnsafeMutableBufferPointer(start: arrays.buffer.pointer + slice.offset, count: slice.count))
    }
  }
}
