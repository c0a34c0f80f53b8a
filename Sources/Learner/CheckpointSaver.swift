import CPlatform
import Checkpoints
import Foundation
import IntrinsicReward
import NeuralNetwork
import Tensor

/// Saves what a run must not lose and puts it back: policy, optimiser, normalisers, counters, random state. (Labels are
/// in the label store, durable before they were acknowledged.)
final class CheckpointSaver {
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
      let saved = try store.save(
        step: counters.frames, policyVersion: trainer.version, tensors: Self.tensors(of: trainer),
        metadata: metadata.merging(try Self.texts(of: trainer, counters)) { $1 })
      for warning in saved.warnings { report(.checkpointFailed("after \(saved.path) was saved: \(warning)")) }
      report(.checkpointed(step: counters.frames, path: saved.path, seconds: clock() - start))
    } catch {
      report(.checkpointFailed("\(error)"))
    }
  }

  /// Puts the state of `checkpoint` into `trainer`.
  /// - Returns: the run's counters.
  /// - Throws: `CheckpointError` naming what is missing or of another shape, for instance another network's.
  static func restore(_ checkpoint: Checkpoint, into trainer: Trainer) throws -> RunCounters {
    for (prefix, buffer) in buffers(of: trainer) {
      for slice in trainer.plan.network.parameters.slices {
        let tensor = try checkpoint.tensor(prefix + slice.name)
        guard tensor.shape == slice.shape else {
          throw CheckpointError(
            checkpoint.path, "\(tensor.name) has shape \(tensor.shape); this run's network needs \(slice.shape)")
        }
        try tensor.copy(into: UnsafeMutableBufferPointer(start: buffer.pointer + slice.offset, count: slice.count))
      }
    }
    trainer.version = checkpoint.policyVersion
    trainer.adam.step = try decode(Int.self, "adam.step", checkpoint)
    trainer.mixer.normaliser = try decode(ReturnNormaliser.self, "normaliser", checkpoint)
    return try decode(RunCounters.self, "counters", checkpoint)
  }

  private static func buffers(of trainer: Trainer) -> [(prefix: String, buffer: FloatBuffer)] {
    [
      ("policy.", trainer.parameters), ("adam.first.", trainer.adam.firstMoment),
      ("adam.second.", trainer.adam.secondMoment),
    ]
  }

  private static func tensors(of trainer: Trainer) -> [NamedTensor] {
    buffers(of: trainer).flatMap { prefix, buffer in
      trainer.plan.network.parameters.slices.map { slice in
        NamedTensor(
          prefix + slice.name, shape: slice.shape,
          UnsafeBufferPointer(start: UnsafePointer(buffer.pointer + slice.offset), count: slice.count))
      }
    }
  }

  private static func texts(of trainer: Trainer, _ counters: RunCounters) throws -> [String: String] {
    [
      "adam.step": try encode(trainer.adam.step), "normaliser": try encode(trainer.mixer.normaliser),
      "counters": try encode(counters),
    ]
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
