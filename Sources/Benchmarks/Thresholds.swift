import Captions
import Foundation

/// The bars that measurements are held to: scripts/bench/thresholds.json.
public struct Thresholds: Codable, Sendable, Hashable {
  /// A number of a measurement.
  public enum Quantity: String, Codable, Sendable {
    case value, ratio, share
  }

  /// One bar.
  public struct Bar: Codable, Sendable, Hashable {
    /// What it is for, in words.
    public var what: String
    /// The measurement's "group/name".
    public var measurement: String
    public var of: Quantity
    public var minimum: Double?
    public var maximum: Double?
    /// The bar counts only where this measurement's value reaches `whereMinimum`: a fast enough machine.
    public var whereMeasurement: String?
    public var whereMinimum: Double?
  }

  /// How a report stands to a bar.
  public enum Verdict: Sendable, Hashable {
    case met(String)
    case missed(String)
    /// Could not be judged, and why.
    case skipped(String)
  }

  public var bars: [Bar]

  public init(bars: [Bar]) { self.bars = bars }

  /// Reads the file.
  /// - Throws: `BenchmarkError` naming it.
  public init(contentsOf path: String) throws {
    do {
      self = try JSONDecoder().decode(Thresholds.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw BenchmarkError("\(path) is not a list of bars: \(error)")
    }
  }

  /// One verdict for each bar, in their order.
  public func verdicts(on report: BenchmarkReport) -> [Verdict] { bars.map { Self.verdict($0, report) } }

  private static func verdict(_ bar: Bar, _ report: BenchmarkReport) -> Verdict {
    let name = "\(bar.what) (\(bar.measurement), \(bar.of.rawValue))"
    guard let measurement = report.measurement(bar.measurement) else { return .skipped("\(name): not in the report") }
    let number =
      switch bar.of {
      case .value: measurement.value
      case .ratio: measurement.beside?.ratio
      case .share: measurement.share?.value
      }
    guard let number else { return .skipped("\(name): \(measurement.skipped ?? "not measured")") }
    if let condition = bar.whereMeasurement, let minimum = bar.whereMinimum {
      guard let value = report.measurement(condition)?.value else {
        return .skipped("\(name): depends on \(condition), which is not in the report")
      }
      guard value >= minimum else {
        return .skipped("\(name): counts where \(condition) is at least \(minimum); here it is \(format(value))")
      }
    }
    if let minimum = bar.minimum, number < minimum { return .missed("\(name): \(format(number)), below \(minimum)") }
    if let maximum = bar.maximum, number > maximum { return .missed("\(name): \(format(number)), above \(maximum)") }
    return .met("\(name): \(format(number))")
  }

  private static func format(_ value: Double) -> String { BenchmarkTable.number(value) }
}
