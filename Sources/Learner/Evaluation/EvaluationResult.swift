import Foundation
import Runtime

/// The result of one evaluation while a run trains: a line of `evaluations.jsonl`.
public struct EvaluationResult: Codable, Sendable, Equatable {
  /// Seconds since 1970 at the end of the evaluation.
  public var time: Double
  /// Trained steps of the checkpoint, and its policy version.
  public var step: Int
  public var version: UInt64
  public var episodes: Int
  /// Mean undiscounted return.
  public var returnMean: Double
  /// The 95 % interval of the mean; nil for fewer than two episodes.
  public var returnLow: Double?
  public var returnHigh: Double?
  /// Mean length in steps.
  public var lengthMean: Double?
  /// Share of the episodes that reached their task's goal.
  public var successRate: Double?
  /// How long the evaluation took.
  public var seconds: Double

  /// The line of `evaluations.jsonl`, with its line feed.
  func line() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [10]
  }

  /// Reads `evaluations.jsonl`. A run that resumed from an earlier step plays steps again: the later line of a step, and
  /// of those after it, counts. It skips lines that it cannot read, such as half a line after a power failure.
  public static func read(lines text: String) -> [EvaluationResult] {
    var results: [EvaluationResult] = []
    for line in text.split(separator: "\n") {
      guard let result = try? JSONDecoder().decode(EvaluationResult.self, from: Data(line.utf8)), result.step >= 0
      else { continue }
      while let last = results.last, last.step >= result.step { results.removeLast() }
      results.append(result)
    }
    return results
  }

  /// The result with the highest mean return; the earliest of several.
  public static func best(of results: [EvaluationResult]) -> EvaluationResult? {
    results.reduce(nil as EvaluationResult?) { best, next in
      if let best, best.returnMean >= next.returnMean { best } else { next }
    }
  }
}

extension EvaluationResult {
  /// Largest report that is read, in bytes: a million episodes have fewer.
  static let maximumReportBytes = 256 << 20

  /// Reads the report that `tengu eval --json` writes.
  /// - Parameter step: the step of the checkpoint that was to be played.
  /// - Throws: `FileError` naming what the report lacks, or the number that no evaluation has.
  init(report bytes: [UInt8], path: String, step: Int, time: Double, seconds: Double) throws(FileError) {
    let report: Report
    do {
      report = try JSONDecoder().decode(Report.self, from: Data(bytes))
    } catch {
      throw FileError(path, "is not the report of an evaluation: \(SystemReason.text(of: error))")
    }
    guard report.step == step else { throw FileError(path, "is about step \(report.step), not \(step)") }
    func summary(_ measure: String) -> Report.Summary? { report.lines.first { $0.measure == measure }?.summary }
    guard let returns = summary("return"), returns.mean.isFinite else { throw FileError(path, "has no finite return") }
    self.init(
      time: time, step: step, version: report.version, episodes: report.episodes.count, returnMean: returns.mean,
      seconds: seconds)
    (returnLow, returnHigh) = (returns.meanInterval?.lower, returns.meanInterval?.upper)
    lengthMean = summary("length")?.mean
    successRate = summary("success")?.mean
  }
}

/// The parts of a report that a run needs. The type that writes it is in a module above this one.
private struct Report: Decodable {
  struct Interval: Decodable {
    var lower: Double
    var upper: Double
  }

  struct Summary: Decodable {
    var mean: Double
    var meanInterval: Interval?
  }

  struct Line: Decodable {
    var measure: String
    var summary: Summary
  }

  struct Episode: Decodable {
    var episode: Int
  }

  var step: Int
  var version: UInt64
  var lines: [Line]
  var episodes: [Episode]
}
