import Foundation
import Runtime

/// The program that plays evaluations while a run trains: `tengu eval`, or a stand-in in tests.
public struct Evaluator: Sendable {
  /// The program and its first arguments; those of one evaluation follow.
  public var call: ProgramCall

  public init(_ call: ProgramCall) { self.call = call }

  /// The call for one evaluation.
  /// - Parameters:
  ///   - place: the folder of the checkpoint, which also receives the results.
  ///   - report: the file of the report.
  ///   - isAwaited: whether the run waits for it, so that it takes nothing from the training.
  func call(_ options: Options, place: String, report: String, isAwaited: Bool) -> ProgramCall {
    var call = call
    call.arguments +=
      [
        place, "--episodes", "\(options.episodes)", "--seed", "\(options.seed)", "--threads", "\(options.threads)",
        "--json", report, "--record", place, "--recorded", "1", "--picture",
      ] + (options.isGreedy ? ["--greedy"] : []) + (isAwaited ? [] : ["--low-priority"])
    return call
  }

  /// What every evaluation of a run has in common.
  struct Options: Sendable {
    /// Trained steps between evaluations.
    var everySteps: Int
    var episodes: Int
    var seed: Int
    var isGreedy: Bool
    var threads: Int
  }
}

/// What status and metrics show of a run's evaluations.
struct EvaluationState: Equatable {
  var latest: EvaluationResult?
  var best: EvaluationResult?
  /// The step whose checkpoint is played now.
  var runningStep: Int?
  /// Evaluations of this session.
  var finished = 0
  var skipped = 0
  var failed = 0
}

/// What `tengu status` shows of a run's evaluations.
public struct EvaluationView: Codable, Sendable, Equatable {
  public var latest: EvaluationResult?
  public var best: EvaluationResult?
  /// The step whose checkpoint is played now; nil while none is.
  public var runningStep: Int?
  public var skipped: Int
  public var failed: Int

  init(_ state: EvaluationState) {
    (latest, best, runningStep) = (state.latest, state.best, state.runningStep)
    (skipped, failed) = (state.skipped, state.failed)
  }

  /// "evaluation: return 12.3 at step 100000, best 13.1 at step 80000, step 120000 is played now"
  var line: String {
    func text(_ result: EvaluationResult) -> String {
      "\(String(format: "%.4g", result.returnMean)) at step \(result.step)"
    }
    var parts = [latest.map { "return \(text($0))" } ?? "no result yet"]
    if let best { parts.append("best \(text(best))") }
    if let runningStep { parts.append("step \(runningStep) is played now") }
    if skipped > 0 { parts.append("\(skipped) skipped") }
    if failed > 0 { parts.append("\(failed) failed") }
    return "evaluation: " + parts.joined(separator: ", ")
  }
}
