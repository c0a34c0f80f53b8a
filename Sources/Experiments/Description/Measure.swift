import Telemetry

/// A number from a run's metrics by which runs are compared.
public enum Measure: String, Sendable, CaseIterable {
  case success
  case episodeReturn = "return"
  case length
  case intrinsic
  case labels
  case captions
  case lag

  /// Label of an axis, with the unit.
  public var title: String {
    switch self {
    case .success: "success rate"
    case .episodeReturn: "extrinsic return of an episode"
    case .length: "episode length (steps)"
    case .intrinsic: "intrinsic reward of a step"
    case .labels: "captions asked"
    case .captions: "distinct captions seen"
    case .lag: "policy lag (versions)"
    }
  }

  /// The measure's value in a record; nil if it is unknown.
  func value(in record: MetricsRecord) -> Double? {
    switch self {
    case .success: record.values[.successRate]
    case .episodeReturn: record.values[.returnMean]
    case .length: record.values[.lengthMean]
    case .intrinsic: record.values[.intrinsicMean]
    case .labels: record.values[.captionsLabelled].map { $0 + (record.values[.captionsAbstained] ?? 0) }
    case .captions: record.values[.captionsSeen]
    case .lag: record.values[.policyLagMean]
    }
  }

  /// The natural range of an axis; nil if the values determine the range.
  var range: ClosedRange<Double>? { self == .success ? 0...1 : nil }
}
