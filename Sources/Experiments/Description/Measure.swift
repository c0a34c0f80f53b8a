import Telemetry

/// A number from a run's metrics by which runs are compared.
public enum Measure: Sendable, Hashable {
  case success
  case episodeReturn
  case length
  case intrinsic
  case labels
  case captions
  case lag
  /// Share of won episodes of the final policy's evaluation, which plays all tasks equally often.
  case evaluated
  /// Share of a plan's groups in which some episodes are won and some are not.
  case mixedGroups
  /// A fact that the environment reports for its episodes, by its name without spaces.
  case fact(String)

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
    case .evaluated: "success rate of the final policy"
    case .mixedGroups: "share of groups with won and lost episodes"
    case .fact(let name): name.replacing("_", with: " ")
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
    case .evaluated: nil
    case .mixedGroups: record.values[.planMixedShare]
    case .fact(let name): record.facts[name]
    }
  }

  /// The natural range of an axis; nil if the values determine the range.
  var range: ClosedRange<Double>? { self == .success ? 0...1 : nil }
}

extension Measure: RawRepresentable, CaseIterable {
  /// The measures that every run has.
  public static let allCases: [Measure] = [.success, .episodeReturn, .length, .intrinsic, .labels, .captions, .lag]

  /// The measures that some runs have.
  private static let furtherCases: [Measure] = [.evaluated, .mixedGroups]

  /// - Parameter rawValue: one of `allCases`, "evaluated", "mixed-groups", or "fact/NAME" as metrics.jsonl has it.
  public init?(rawValue: String) {
    if rawValue.hasPrefix(MetricsRecord.factPrefix) {
      self = .fact(String(rawValue.dropFirst(MetricsRecord.factPrefix.count)).replacing(" ", with: "_"))
    } else if let known = (Self.allCases + Self.furtherCases).first(where: { $0.rawValue == rawValue }) {
      self = known
    } else {
      return nil
    }
  }

  public var rawValue: String {
    switch self {
    case .success: "success"
    case .episodeReturn: "return"
    case .length: "length"
    case .intrinsic: "intrinsic"
    case .labels: "labels"
    case .captions: "captions"
    case .lag: "lag"
    case .evaluated: "evaluated"
    case .mixedGroups: "mixed-groups"
    case .fact(let name): MetricsRecord.factPrefix + name
    }
  }
}
