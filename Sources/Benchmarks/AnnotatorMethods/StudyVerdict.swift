import Foundation
import Runtime
import Statistics

/// The verdict about one method on one model: a measured number with its interval, and the bar that decides.
public struct StudyVerdict: Sendable {
  /// A number that has to reach a bar.
  public struct Condition: Sendable {
    public let name: String
    public let value: Double
    public let interval: ConfidenceInterval
    public let atLeast: Double

    public var verdict: BarVerdict { BarVerdict(interval, atLeast: atLeast) }
  }

  /// Row of the list of methods, such as 15.
  public let row: Int
  public let method: String
  /// The model or stub that answered.
  public let source: String
  public let conditions: [Condition]
  /// What else is worth knowing, such as the accuracies that a difference is made of.
  public let note: String

  /// nil if the recording lacks an answer.
  public var verdict: BarVerdict? { BarVerdict(conditions.map(\.verdict)) }

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
          + "\(verdict.verdict?.rawValue ?? "not recorded") | \(verdict.note) |")
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
