import Foundation
import Statistics

/// Numbers as tables show them.
public enum NumberText {
  /// "0.123 ... 4.56", or a dash where there is none.
  public static func interval(_ interval: ConfidenceInterval?) -> String {
    interval.map { "\(short($0.lower)) ... \(short($0.upper))" } ?? "-"
  }

  /// Three significant digits or all whole ones; no minus before a zero.
  public static func short(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let magnitude = abs(value)
    let digits = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3
    let text = String(format: "%.\(digits)f", value)
    return text.hasPrefix("-") && !text.contains(where: { ("1"..."9").contains($0) }) ? String(text.dropFirst()) : text
  }
}
