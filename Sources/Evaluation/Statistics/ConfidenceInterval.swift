/// Where a statistic lies, but for the share of cases that the level leaves.
public struct ConfidenceInterval: Sendable, Equatable, Codable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
