import Assembly
import Checkpoints
import Configuration
import Environments
import Foundation
import Runtime

/// A checkpoint that a user names, with the run that it is of; or a policy in a file.
public struct EvaluatedCheckpoint: Sendable {
  public let plan: RunPlan
  /// The run directory, or the file.
  public let run: URL
  /// The resolved configuration of the run, as TOML.
  let configuration: String
  let checkpoint: Checkpoint
  /// Messages for the user, such as a newer checkpoint that is damaged.
  let warnings: [String]

  /// - Parameters:
  ///   - target: a run directory, whose newest intact checkpoint is used, the folder of a checkpoint in one, or a file
  ///     that `tengu export policy` wrote.
  ///   - netHackDirectory: the folder of libnethack.so.
  ///   - interpreter: Python of this machine, for a file whose task is in Python. A file may come from anybody, so it
  ///     starts no program unless the user names one.
  /// - Throws: `ConfigurationError`, `CheckpointError` or `FileError` naming what is missing or cannot be read.
  public init(_ target: String, netHackDirectory: String? = nil, interpreter: String? = nil) throws {
    let target = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    let url = URL(fileURLWithPath: target)
    var programs = Programs.asConfigured
    let file: String
    if Self.isFile(target) {
      let policy = try PolicyFile(reading: target)
      (checkpoint, run, warnings) = (policy.checkpoint, url, [])
      (configuration, file) = (policy.configuration, "configuration of \(target)")
      programs = interpreter.map { .interpreter($0) } ?? .refused("add --python INTERPRETER if you trust the file")
    } else {
      (checkpoint, run, warnings) = try Self.newest(target, url)
      file = run.appendingPathComponent("config.toml").path
      guard let text = try TextFile.read(file) else { throw ConfigurationError(["there is no \(file)"]) }
      configuration = text
    }
    plan = try RunPlan(
      try Registries.standard.configuration(toml: configuration, fileName: file), netHackDirectory: netHackDirectory,
      recordsFacts: true, programs: programs)
  }

  private static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
  }

  /// The checkpoint of a folder that is a run or a checkpoint in one, the run, and messages for the user.
  private static func newest(
    _ target: String, _ url: URL
  ) throws -> (checkpoint: Checkpoint, run: URL, warnings: [String]) {
    if try TextFile.read("\(target)/config.toml") != nil {
      let newest = try CheckpointStore(reading: url.appendingPathComponent("checkpoints")).loadNewest()
      guard let checkpoint = newest.checkpoint else { throw CheckpointError(target, "has no checkpoint yet") }
      return (checkpoint, url, newest.rejected.map { "passed over a damaged checkpoint: \($0)" })
    }
    // RUN/best, RUN/checkpoints/step-N or RUN/evaluations/step-N.
    let parent = url.deletingLastPathComponent()
    let places = [parent, parent.deletingLastPathComponent()]
    let isRun = { (place: URL) in
      FileManager.default.fileExists(atPath: place.appendingPathComponent("config.toml").path)
    }
    guard let run = places.first(where: isRun) else {
      throw ConfigurationError(["\"\(target)\" is neither a run directory, nor a checkpoint in one, nor a policy file"])
    }
    return (try CheckpointStore.load(path: target), run, [])
  }
}
