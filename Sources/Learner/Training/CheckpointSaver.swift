import CPlatform
import Checkpoints
import Foundation
import IntrinsicReward
import NeuralNetwork
import Tensor

/// Saves what a run must not lose and puts it back: policy, optimiser, a learned reward model, the reward
/// chain, normalisers, counters, random state. (Labels are in the label store, durable before they were acknowledged.)
final class CheckpointSaver {
  /// Where the state of a learned reward model stands among the texts.
  private static let rewardKey = "reward"
  /// The same of the reward chain.
  private static let chainKey = "chain"

  private let store: CheckpointStore
  private let intervalSeconds: Double
  private let clock: () -> Double
  private let metadata: [String: String]
  private var lastSave: Double

  /// - Parameters:
  ///   - metadata: kept with each checkpoint: configuration hash and provenance.
  ///   - clock: monotonic seconds.
  init(
    store: CheckpointStore, intervalSeconds: Double, metadata: [String: String], clock: @escaping () -> Double
  ) {
    self.store = store
    self.intervalSeconds = intervalSeconds
    self.metadata = metadata
    self.clock = clock
    lastSave = clock()
  }

  /// Whether the interval since the last save has passed.
  var isDue: Bool { clock() - lastSave >= intervalSeconds }

  /// Writes a checkpoint now and reports how it went; a failure costs the checkpoint, not the run.
  func save(_ trainer: Trainer, _ counters: RunCounters, report: (TrainerEvent) -> Void) {
    let start = clock()
    lastSave = start
    do {
      let reward = trainer.rewardModel.state
      let texts = try Self.texts(of: trainer, reward, counters)
      // The reward model's buffers may live in its state alone.
      let saved = try withExtendedLifetime(reward) {
        try store.save(
          step: counters.frames, policyVersion: trainer.version, tensors: Self.tensors(of: trainer, reward),
          metadata: metadata.merging(texts) { $1 })
      }
      for warning in saved.warnings { report(.checkpointFailed("after \(saved.path) was saved: \(warning)")) }
      report(.checkpointed(step: counters.frames, path: saved.path, seconds: clock() - start))
    } catch {
      report(.checkpointFailed("\(error)"))
    }
  }

  /// Puts the state of `checkpoint` into `trainer`.
  /// - Parameter report: is told what begins anew for want of a state.
  /// - Returns: the run's counters.
  /// - Throws: `CheckpointError` naming what is missing or of another shape, for instance another network's.
  static func restore(
    _ checkpoint: Checkpoint, into trainer: Trainer, report: (String) -> Void = { _ in }
  ) throws -> RunCounters {
    try fill(buffers(of: trainer), from: checkpoint)
    if let reward = try rewardModel(of: checkpoint) { trainer.restore(reward) }
    let hasChain = checkpoint.metadata[chainKey] != nil
    let chain = hasChain ? try decode(RewardChainState.self, chainKey, checkpoint) : RewardChainState()
    for name in trainer.mixer.chain.restore(chain) {
      report("\(name) of the reward chain begins anew: the checkpoint has no state that fits it")
    }
    trainer.version = checkpoint.policyVersion
    trainer.adam.step = try decode(Int.self, "adam.step", checkpoint)
    trainer.mixer.normaliser = try decode(ReturnNormaliser.self, "normaliser", checkpoint)
    return try decode(RunCounters.self, "counters", checkpoint)
  }

  /// Parameters or moments, and what stands before their names in a checkpoint.
  private struct Buffer {
    let prefix: String
    let layout: ParameterLayout
    let buffer: FloatBuffer
  }

  private static func buffers(of trainer: Trainer) -> [Buffer] {
    let layout = trainer.plan.network.parameters
    return [
      Buffer(prefix: "policy.", layout: layout, buffer: trainer.parameters),
      Buffer(prefix: "adam.first.", layout: layout, buffer: trainer.adam.firstMoment),
      Buffer(prefix: "adam.second.", layout: layout, buffer: trainer.adam.secondMoment),
    ]
  }

  private static func buffers(of state: any RewardModelState) -> [Buffer] {
    state.parts.map { Buffer(prefix: $0.prefix, layout: $0.layout, buffer: $0.buffer) }
  }

  /// The reward model that was saved; nil if there was none to save.
  private static func rewardModel(of checkpoint: Checkpoint) throws -> (any RewardModelState)? {
    guard checkpoint.metadata[rewardKey] != nil else { return nil }
    struct Kind: Decodable { var method: String }
    func room<State: RewardModelState>(_ type: State.Type) throws -> State {
      State(try decode(State.Progress.self, rewardKey, checkpoint))
    }
    let isDistilled =
      try decode(Kind.self, rewardKey, checkpoint).method == RandomDistillationState.Method.rnd.rawValue
    let state: any RewardModelState =
      try isDistilled ? room(RandomDistillationState.self) : room(CaptionNetworkState.self)
    try fill(buffers(of: state), from: checkpoint)
    return state
  }

  private static func fill(_ buffers: [Buffer], from checkpoint: Checkpoint) throws {
    for part in buffers {
      for slice in part.layout.slices {
        let tensor = try checkpoint.tensor(part.prefix + slice.name)
        guard tensor.shape == slice.shape else {
          throw CheckpointError(
            checkpoint.path, "\(tensor.name) has shape \(tensor.shape); this run's network needs \(slice.shape)")
        }
        let target = UnsafeMutableBufferPointer(start: part.buffer.pointer + slice.offset, count: slice.count)
        try tensor.copy(into: target)
      }
    }
  }

  private static func tensors(of trainer: Trainer, _ reward: (any RewardModelState)?) -> [NamedTensor] {
    (buffers(of: trainer) + (reward.map { buffers(of: $0) } ?? [])).flatMap { part in
      part.layout.slices.map { slice in
        NamedTensor(
          part.prefix + slice.name, shape: slice.shape,
          UnsafeBufferPointer(start: UnsafePointer(part.buffer.pointer + slice.offset), count: slice.count))
      }
    }
  }

  private static func texts(
    of trainer: Trainer, _ reward: (any RewardModelState)?, _ counters: RunCounters
  ) throws -> [String: String] {
    var texts = [
      "adam.step": try encode(trainer.adam.step), "normaliser": try encode(trainer.mixer.normaliser),
      "counters": try encode(counters),
    ]
    texts[rewardKey] = try reward.map { try encode($0.progress) }
    let chain = trainer.mixer.chain.state
    if !chain.isEmpty { texts[chainKey] = try encode(chain) }
    return texts
  }

  private static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ key: String, _ checkpoint: Checkpoint
  ) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(try checkpoint.text(key).utf8))
    } catch let error as DecodingError {
      throw CheckpointError(checkpoint.path, "its \"\(key)\" cannot be read: \(error)")
    }
  }
}
