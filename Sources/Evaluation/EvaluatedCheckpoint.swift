import Assembly
import Checkpoints
import Configuration
import Foundation
import Runtime

/// A checkpoint that a user names, with the run that it is of.
public struct EvaluatedCheckpoint: Sendable {
  public let plan: RunPlan
  /// The run directory.
  public let run: URL
  let checkpoint: Checkpoint
  /// Messages for the user, such as a newer checkpoint that is damaged.
  let warnings: [String]

  /// - Parameters:
  ///   - target: a run directory, whose newest intact checkpoint is used, or the folder of a checkpoint in one.
  ///   - netHackDirectory: the folder of libnethack.so.
  /// - Throws: `ConfigurationError`, `CheckpointError` or `FileError` naming what is missing or cannot be read.
  public init(_ target: String, netHackDirectory: String? = nil) throws {
    let target = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    let url = URL(fileURLWithPath: target)
    if try TextFile.read("\(target)/config.toml") != nil {
      let store = CheckpointStore(reading: url.appendingPathComponent("checkpoints"))
      let newest = try store.loadNewest()
      guard let checkpoint = newest.checkpoint else { throw CheckpointError(target, "has no checkpoint yet") }
      (self.checkpoint, run) = (checkpoint, url)
      warnings = newest.rejected.map { "passed over a damaged checkpoint: \($0)" }
    } else {
      // RUN/best, RUN/checkpoints/step-N or RUN/evaluations/step-N.
      let parent = url.deletingLastPathComponent()
      let places = [parent, parent.deletingLastPathComponent()]
      let isRun = { (place: URL) in
        FileManager.default.fileExists(atPath: place.appendingPathComponent("config.toml").path)
      }
      guard let run = places.first(where: isRun) else {
        throw ConfigurationError(["\"\(target)\" is neither a run directory nor a checkpoint in one"])
      }
      (checkpoint, self.run, warnings) = (try CheckpointStore.load(path: target), run, [])
    }
    let file = run.appendingPathComponent("config.toml").path
    guard let text = try TextFile.read(file) else { throw ConfigurationError(["there is no \(file)"]) }
    plan = try RunPlan(
      try Registries.standard.configuration(toml: text, fileName: file), netHackDirectory: netHackDirectory,
      recordsFacts: true)
  }
}
