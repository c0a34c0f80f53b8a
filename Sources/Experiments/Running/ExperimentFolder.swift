import Configuration
import Evaluation
import Foundation
import Telemetry

/// Where an experiment's runs and results are.
public struct ExperimentFolder: Sendable {
  /// How far a run is.
  enum State: Equatable {
    case absent
    /// Environment steps of its latest record.
    case unfinished(steps: Int)
    /// All steps are made, and the policy is still to be evaluated.
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

  /// What a run's processes wrote on their terminal.
  func log(of run: ExperimentRun) -> String { "\(path)/logs/\(run.name).log" }

  /// What the evaluation of its final policy came to.
  func evaluationFile(of run: ExperimentRun) -> String { "\(directory(of: run))/evaluation.json" }

  private func hasEvaluation(of run: ExperimentRun) -> Bool {
    FileManager.default.fileExists(atPath: evaluationFile(of: run))
  }

  /// nil where there is none.
  /// - Throws: naming the file, when it cannot be read.
  func evaluation(of run: ExperimentRun) throws -> EvaluationReport? {
    guard let data = FileManager.default.contents(atPath: evaluationFile(of: run)) else { return nil }
    do {
      return try JSONDecoder().decode(EvaluationReport.self, from: data)
    } catch {
      throw ConfigurationError(["\(evaluationFile(of: run)) is not an evaluation: \(error)"])
    }
  }

  private func metrics(of run: ExperimentRun) -> String { "\(directory(of: run))/metrics.jsonl" }

  /// A run's records, none of a run that has not begun.
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
  /// - Throws: when there is none.
  func checkpoint(of run: ExperimentRun) throws -> String {
    let folder = "\(directory(of: run))/checkpoints"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("step-") }
    guard let newest = names.max() else { throw ConfigurationError(["\(folder) holds no checkpoint to start from"]) }
    return "\(folder)/\(newest)"
  }

  /// Makes the folders.
  /// - Returns: what keeps others out as long as it lives.
  /// - Throws: when they cannot be made, are in use, or hold a run of another configuration: results of different
  ///   experiments are never mixed.
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
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return }
    let earlier = try RunConfiguration(toml: text, fileName: file)
    let planned = try run.configuration()
    let differences = planned.differences(from: earlier).filter { $0.path != "run.steps" }
    guard differences.isEmpty else {
      let list = differences.map { "\($0.path) = \($0.value(planned).toml), was \($0.value(earlier).toml)" }
      throw ConfigurationError([
        "\(directory(of: run)) is of another configuration (\(list.joined(separator: "; "))); choose another --out, or "
          + "remove it"
      ])
    }
  }
}
