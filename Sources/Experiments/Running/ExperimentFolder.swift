import Assembly
import Configuration
import Evaluation
import Foundation
import Glibc
import Runtime
import Telemetry

/// The folder of an experiment's runs and results.
public struct ExperimentFolder: Sendable {
  /// The progress of a run.
  enum State: Equatable {
    case absent
    /// The run has begun; `steps`: environment steps of its latest record.
    case unfinished(steps: Int)
    /// All steps are done; the final policy is not evaluated yet.
    case trained
    case finished
  }

  public let path: String
  var runs: String { "\(path)/runs" }
  var results: String { "\(path)/results.csv" }
  var curves: String { "\(path)/curves.csv" }
  public var report: String { "\(path)/report.md" }

  public init(path: String) { self.path = path }

  func directory(of run: ExperimentRun) -> String { "\(runs)/\(run.name)" }

  /// The output of a run's processes.
  func log(of run: ExperimentRun) -> String { "\(path)/logs/\(run.name).log" }

  /// The evaluation of the final policy, as JSON.
  func evaluationFile(of run: ExperimentRun) -> String { "\(directory(of: run))/evaluation.json" }

  private func hasEvaluation(of run: ExperimentRun) -> Bool {
    FileManager.default.fileExists(atPath: evaluationFile(of: run))
  }

  /// The evaluation of the final policy, or nil if there is none.
  /// - Throws: `FileError` or `ConfigurationError` naming a file that cannot be read.
  func evaluation(of run: ExperimentRun) throws -> EvaluationReport? {
    guard let text = try TextFile.read(evaluationFile(of: run)) else { return nil }
    do {
      return try JSONDecoder().decode(EvaluationReport.self, from: Data(text.utf8))
    } catch {
      throw ConfigurationError(["\(evaluationFile(of: run)) is not an evaluation: \(SystemReason.text(of: error))"])
    }
  }

  private func metrics(of run: ExperimentRun) -> String { "\(directory(of: run))/metrics.jsonl" }

  /// The records of a run; empty if it has not begun.
  func records(of run: ExperimentRun) throws -> [MetricsRecord] {
    guard FileManager.default.fileExists(atPath: metrics(of: run)) else { return [] }
    return try MetricsFile.records(of: metrics(of: run))
  }

  func state(of run: ExperimentRun) throws -> State {
    guard FileManager.default.fileExists(atPath: "\(directory(of: run))/config.toml") else { return .absent }
    guard FileManager.default.fileExists(atPath: metrics(of: run)),
      let last = try MetricsFile.lastRecord(of: metrics(of: run))
    else { return .unfinished(steps: 0) }
    guard last.step >= run.steps else { return .unfinished(steps: last.step) }
    return run.experiment.evaluationEpisodes == 0 || hasEvaluation(of: run) ? .finished : .trained
  }

  /// The newest checkpoint of a finished run.
  /// - Throws: `ConfigurationError` if there is none.
  func checkpoint(of run: ExperimentRun) throws -> String {
    let folder = "\(directory(of: run))/checkpoints"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("step-") }
    guard let newest = names.max() else { throw ConfigurationError(["\(folder) holds no checkpoint to start from"]) }
    return "\(folder)/\(newest)"
  }

  /// Creates the folders and locks them.
  /// - Returns: the lock; it is held as long as the object exists.
  /// - Throws: if the folders cannot be created, are in use, or contain a run of another configuration: results of
  ///   different experiments are never mixed.
  func prepare(for experiment: Experiment) throws -> ExperimentLock {
    for folder in [runs, "\(path)/logs"] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    let lock = try ExperimentLock(folder: path)
    for run in experiment.runs { try check(run) }
    return lock
  }

  private func check(_ run: ExperimentRun) throws {
    let file = "\(directory(of: run))/config.toml"
    guard let text = try TextFile.read(file) else { return }
    let earlier = try Registries.standard.configuration(toml: text, fileName: file)
    let planned = try run.configuration()
    let differences = planned.differences(from: earlier).filter { $0.path != "run.steps" }
    guard differences.isEmpty else {
      let list = differences.map { "\($0.path) = \($0.value(planned).toml), was \($0.value(earlier).toml)" }
      throw ConfigurationError([
        "\(directory(of: run)) has another configuration (\(list.joined(separator: "; "))); choose another --out, or "
          + "remove it"
      ])
    }
  }
}

/// Keeps a second experiment out of a folder. The kernel holds the lock (flock) and releases it when the process ends
/// for any reason.
final class ExperimentLock {
  private let descriptor: Int32

  /// - Throws: `ConfigurationError` if another process uses the folder, or it cannot be written.
  init(folder: String) throws(ConfigurationError) {
    let path = "\(folder)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ConfigurationError(["\(path): \(String(cString: strerror(errno)))"]) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw ConfigurationError(["\(folder): another experiment is running there; wait for it, or choose another --out"]
      )
    }
  }

  deinit {
    // A child that another thread is starting has a copy of the descriptor until it runs its program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
