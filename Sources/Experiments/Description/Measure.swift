import Telemetry

/// What is read from a run's metrics and compared.
public enum Measure: String, Sendable, CaseIterable {
  case success
  case episodeReturn = "return"
  case length
  case intrinsic
  case labels
  case captions
  case lag

  /// With its unit, as an axis is labelled.
  public var title: String {
    switch self {
    case .success: "success rate"
    case .episodeReturn: "extrinsic return of an episode"
    case .length: "episode length (steps)"
    case .intrinsic: "intrinsic reward of a step"
    case .labels: "captions asked about"
    case .captions: "distinct captions met"
    case .lag: "policy lag (versions)"
    }
  }

  /// The measure's value at the time of a record; nil where it is unknown.
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

  /// The range an axis shows whatever the values, where there is a natural one.
  var range: ClosedRange<Double>? { self == .success ? 0...1 : nil }
}
