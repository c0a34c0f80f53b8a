import Foundation
import Runtime

/// The bars that measurements have to reach, from scripts/bench/thresholds.json.
public struct Thresholds: Codable, Sendable, Hashable {
  /// The number of a measurement that a bar is about.
  public enum Quantity: String, Codable, Sendable {
    case value, ratio, share
  }

  /// One bar.
  public struct Bar: Codable, Sendable, Hashable {
    /// Purpose of the bar, in words.
    public var what: String
    /// Identifier of the measurement, "group/name".
    public var measurement: String
    public var of: Quantity
    public var minimum: Double?
    public var maximum: Double?
    /// The bar applies only if the value of this measurement reaches `whereMinimum`, that is, on a fast enough machine.
    public var whereMeasurement: String?
    public var whereMinimum: Double?
  }

  /// Result of comparing a report with a bar.
  public enum Verdict: Sendable, Hashable {
    case met(String)
    case missed(String)
    /// The bar does not apply; the text says why.
    case skipped(String)
  }

  public var bars: [Bar]

  public init(bars: [Bar]) { self.bars = bars }

  /// Reads the file.
  /// - Throws: `BenchmarkError` that names the file.
  public init(contentsOf path: String) throws {
    do {
      self = try JSONDecoder().decode(Thresholds.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw BenchmarkError("\(path) is not a list of bars: \(SystemReason.text(of: error))")
    }
  }

  /// One verdict for each bar, in the order of `bars`.
  public func verdicts(on report: BenchmarkReport) -> [Verdict] { bars.map { Self.verdict($0, report) } }

  private static func verdict(_ bar: Bar, _ report: BenchmarkReport) -> Verdict {
    let name = "\(bar.what) (\(bar.measurement), \(bar.of.rawValue))"
    guard let measurement = report.measurement(bar.measurement) else { return .skipped("\(name): not in the report") }
    let number =
      switch bar.of {
      case .value: measurement.value
      case .ratio: measurement.comparison?.ratio
      case .share: measurement.share?.value
      }
    guard let number else { return .skipped("\(name): \(measurement.skipped ?? "not measured")") }
    if let condition = bar.whereMeasurement, let minimum = bar.whereMinimum {
      guard let value = report.measurement(condition)?.value else {
        return .skipped("\(name): depends on \(condition), which is not in the report")
      }
      guard value >= minimum else {
        return .skipped("\(name): applies only if \(condition) is at least \(minimum); here it is \(format(value))")
      }
    }
    if let minimum = bar.minimum, number < minimum { return .missed("\(name): \(format(number)), below \(minimum)") }
    if let maximum = bar.maximum, number > maximum { return .missed("\(name): \(format(number)), above \(maximum)") }
    return .met("\(name): \(format(number))")
  }

  private static func format(_ value: Double) -> String { BenchmarkReport.number(value) }
}
