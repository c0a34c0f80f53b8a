import Foundation
import Runtime
import Statistics

/// The verdict about one method on one model: a measured number with its interval, and the bar that decides.
public struct StudyVerdict: Sendable {
  /// What the interval says about the bar.
  public enum Outcome: String, Sendable {
    /// The whole interval reaches the bar.
    case passed
    /// The whole interval misses it.
    case failed
    /// The interval holds the bar: more messages or seeds would decide.
    case undecided
    /// The recording lacks an answer.
    case missing = "not recorded"
  }

  /// A number that has to reach a bar.
  public struct Condition: Sendable {
    public let name: String
    public let value: Double
    public let interval: ConfidenceInterval
    public let atLeast: Double

    public var outcome: Outcome {
      if interval.lower >= atLeast { return .passed }
      return interval.upper < atLeast ? .failed : .undecided
    }
  }

  /// Row of the list of methods, such as 15.
  public let row: Int
  public let method: String
  /// The model or stub that answered.
  public let source: String
  public let conditions: [Condition]
  /// What else is worth knowing, such as the accuracies that a difference is made of.
  public let note: String

  /// Passed if all conditions are, failed if one is.
  public var outcome: Outcome {
    if conditions.isEmpty { return .missing }
    if conditions.contains(where: { $0.outcome == .failed }) { return .failed }
    return conditions.allSatisfy { $0.outcome == .passed } ? .passed : .undecided
  }

  /// The verdicts as a Markdown table.
  public static func table(_ verdicts: [StudyVerdict]) -> String {
    var lines = [
      "| row | method | answers of | measured (95%), and the bar | verdict | |", "|---|---|---|---|---|---|",
    ]
    for verdict in verdicts {
      let measured = verdict.conditions.map { condition in
        String(
          format: "%@ %.3f (%.3f to %.3f), at least %.2f", condition.name, condition.value, condition.interval.lower,
          condition.interval.upper, condition.atLeast)
      }
      lines.append(
        "| \(verdict.row) | \(verdict.method) | \(verdict.source) | \(measured.joined(separator: "; ")) | "
          + "\(verdict.outcome.rawValue) | \(verdict.note) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension StudyVerdict.Condition {
  /// Draws of the bootstrap.
  private static let resamples = 1000

  /// A measure of a sample, with the interval over draws of whole elements; all arms of a comparison are in one element, so
  /// that the interval is paired.
  /// - Returns: nil if the sample does not allow the measure.
  init?<Element>(
    _ name: String, of sample: [Element], atLeast: Double, measure: ([Element]) -> Double?
  ) {
    var generator = RandomGenerator(seed: 1)
    let bootstrap = Bootstrap(resamples: Self.resamples)
    guard let value = measure(sample),
      let interval = bootstrap.interval(of: sample, using: &generator, measure: measure)
    else { return nil }
    self.init(name: name, value: value, interval: interval, atLeast: atLeast)
  }
}
