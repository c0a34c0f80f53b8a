import Foundation

/// One acceptance test of a method over several seeds: a number, and the bar that its mean must reach.
public struct MethodTrial: Sendable {
  /// The method's name.
  public let method: String
  /// What is measured and what must hold, in words.
  public let claim: String
  /// The bar.
  public let atLeast: Double
  /// The number, one for each seed.
  public let values: [Double]

  public var mean: Double { values.reduce(0, +) / Double(values.count) }

  /// Standard error of the mean; nil for fewer than two seeds.
  public var standardError: Double? {
    guard values.count > 1 else { return nil }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }

  public var hasPassed: Bool { mean >= atLeast }

  /// Trials as a Markdown table.
  public static func table(_ trials: [MethodTrial]) -> String {
    var lines = ["| method | what is measured, and what must hold | mean ± s.e. | seeds | |", "|---|---|---|---|---|"]
    for trial in trials {
      let error = trial.standardError.map { String(format: "%.3f", $0) } ?? "?"
      lines.append(
        "| \(trial.method) | \(trial.claim) | \(String(format: "%.3f", trial.mean)) ± \(error) | \(trial.values.count) | "
          + "\(trial.hasPassed ? "passed" : "failed") |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
