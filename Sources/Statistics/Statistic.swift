/// A number that summarises a sample.
public enum Statistic: String, Sendable, CaseIterable, Codable {
  case mean
  /// Interquartile mean (IQM): the mean without the lowest and highest quarter of the values (rounded down). One lucky run
  /// moves it less than the mean, and it uses more of the sample than the median (Agarwal et al. 2021).
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
}
