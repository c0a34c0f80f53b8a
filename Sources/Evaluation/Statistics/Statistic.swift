import Foundation

/// One number that stands for a sample. Pure functions; a sample without a value has no statistic.
public enum Statistic: String, Sendable, CaseIterable, Codable {
  case mean
  /// Interquartile mean (IQM): the mean of what is left when a quarter of the values, rounded down, is cut from either
  /// end. Less moved by one lucky run than the mean, and less wasteful than the median (Agarwal et al. 2021).
  case interquartileMean = "iqm"

  /// - Parameter values: in any order, all finite.
  /// - Returns: nil for no values.
  public func value(of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    switch self {
    case .mean: return Self.mean(values[...])
    case .interquartileMean:
      let cut = values.count / 4
      return Self.mean(values.sorted()[cut..<(values.count - cut)])
    }
  }

  private static func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

  /// The quantile of ascending values, interpolated between neighbours: quantile 0 is the first, 1 the last.
  /// - Parameter quantile: 0 ... 1.
  /// - Returns: nil for no values.
  public static func quantile(_ quantile: Double, ofSorted values: [Double]) -> Double? {
    guard let last = values.indices.last else { return nil }
    let place = quantile * Double(last)
    let below = min(max(0, Int(place.rounded(.down))), last)
    let above = min(below + 1, last)
    return values[below] + (values[above] - values[below]) * (place - Double(below))
  }
}
