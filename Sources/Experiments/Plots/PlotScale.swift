import Foundation

/// A linear axis: its range, its ticks and their labels.
struct PlotScale: Equatable {
  /// Places of the ticks, ascending: whole multiples of 1, 2 or 5 times a power of ten.
  let ticks: [Double]
  let lower: Double
  let upper: Double
  private let tickDistance: Double

  /// The smallest scale with whole ticks that shows every value.
  /// - Parameters:
  ///   - values: values to show; values that are not finite are ignored.
  ///   - intervals: approximate number of intervals between ticks.
  ///   - endsWithValues: whether the axis ends at the largest value instead of a tick.
  init(showing values: [Double], intervals: Int = 5, endsWithValues: Bool = false) {
    let values = values.filter(\.isFinite)
    let (lowest, highest) = (values.min() ?? 0, values.max() ?? 1)
    let span = highest > lowest ? highest - lowest : highest == 0 ? 1 : abs(highest)
    let distance = Self.niceDistance(span / Double(intervals))
    tickDistance = distance
    // A value on a tick needs no further tick, even if rounding moved it slightly.
    let first = (lowest / distance + 1e-9).rounded(.down)
    let last = max((highest / distance - 1e-9).rounded(.up), first + 1)
    let all = stride(from: first, through: last, by: 1).map { $0 * distance }
    let end = endsWithValues && highest > lowest ? highest : last * distance
    ticks = all.filter { $0 <= end + 1e-9 * distance }
    (lower, upper) = (first * distance, end)
  }

  /// 1, 2 or 5 times a power of ten, not below `distance` (above 0).
  private static func niceDistance(_ distance: Double) -> Double {
    let power = pow(10, log10(distance).rounded(.down))
    let factor = [1, 2, 5, 10].first { $0 * power >= distance * (1 - 1e-9) } ?? 10
    return factor * power
  }

  /// 0 at the lower end, 1 at the upper one.
  func share(_ value: Double) -> Double { (value - lower) / (upper - lower) }

  /// All ticks with the same unit and digits, such as 0.2 or 100k.
  func label(_ tick: Double) -> String {
    let largest = max(abs(lower), abs(upper))
    let (unit, suffix): (Double, String) =
      switch largest {
      case 2e9...: (1e9, "G")
      case 2e6...: (1e6, "M")
      case 1e4...: (1e3, "k")
      default: (1, "")
      }
    if tick == 0 { return "0" }
    let digits = max(0, Int((-log10(tickDistance / unit) - 1e-9).rounded(.up)))
    return String(format: "%.\(digits)f", tick / unit) + suffix
  }
}
