import Foundation
import Statistics

/// One acceptance test of a method: a number for each seed, and the bar that all of its 95% interval must reach.
public struct MethodTrial: Sendable {
  /// Name of the method.
  public let method: String
  /// The quantity and the condition, in words.
  public let claim: String
  /// Smallest number that passes.
  public let atLeast: Double
  /// The measured number for each seed.
  public let values: [Double]

  public var mean: Double { values.reduce(0, +) / Double(values.count) }

  /// 95% bootstrap interval of the mean; nil if there are fewer than two seeds.
  public var interval: ConfidenceInterval? { Bootstrap().interval(of: .mean, values) }

  /// nil if there are fewer than two seeds, which decide nothing.
  public var verdict: BarVerdict? { interval.map { BarVerdict($0, atLeast: atLeast) } }

  /// The trials as a Markdown table.
  public static func table(_ trials: [MethodTrial]) -> String {
    var lines = ["| method | what is measured | bar | mean (95%) | seeds | |", "|---|---|---|---|---|---|"]
    for trial in trials {
      let bar = trial.atLeast == .leastNonzeroMagnitude ? "above 0" : String(format: "at least %.1f", trial.atLeast)
      let range = trial.interval.map { String(format: " (%.1f to %.1f)", $0.lower, $0.upper) } ?? ""
      lines.append(
        "| \(trial.method) | \(trial.claim) | \(bar) | \(String(format: "%.1f", trial.mean))\(range) "
          + "| \(trial.values.count) | \(trial.verdict?.rawValue ?? "one seed") |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
