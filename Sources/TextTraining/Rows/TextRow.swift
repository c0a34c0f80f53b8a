import Statistics

/// One claim of a published method, tried on text tasks: what is run for a seed, and what must hold over seeds.
public struct TextRow: Sendable {
  /// Name on the command line.
  public let name: String
  /// What the method claims, in one line.
  public let claim: String
  public let criteria: [Criterion]
  /// Trains all arms of a seed. Returns measures by name.
  public let run: @Sendable (RowLab, UInt64) throws -> [String: Double]

  public init(
    _ name: String, _ claim: String, criteria: [Criterion],
    run: @escaping @Sendable (RowLab, UInt64) throws -> [String: Double]
  ) {
    self.name = name
    self.claim = claim
    self.criteria = criteria
    self.run = run
  }
}

/// A number of each seed that is at least `minimum` if the claim holds. Differences of two arms of a seed are paired.
public struct Criterion: Sendable {
  /// The measure, then what is subtracted from it, if anything.
  public let measure: String
  public let baseline: String?
  public let minimum: Double

  /// `measure` is at least `minimum`.
  public init(_ measure: String, atLeast minimum: Double) {
    self.measure = measure
    baseline = nil
    self.minimum = minimum
  }

  /// `measure` - `baseline` is at least `minimum`.
  public init(_ measure: String, minus baseline: String, atLeast minimum: Double = 0) {
    self.measure = measure
    self.baseline = baseline
    self.minimum = minimum
  }

  public var title: String { (baseline.map { "\(measure) - \($0)" } ?? measure) + " >= \(minimum)" }

  /// The number of one seed; nil if the row did not measure it.
  func value(_ measures: [String: Double]) -> Double? {
    guard let value = measures[measure] else { return nil }
    guard let baseline else { return value }
    return measures[baseline].map { value - $0 }
  }
}

/// Whether a criterion holds: decided by the interval of the mean over seeds.
public enum RowVerdict: String, Sendable, Codable {
  /// The whole interval is at least the minimum.
  case passed
  /// The whole interval is below it.
  case failed
  case undecided
}

/// A criterion with its numbers.
public struct CriterionResult: Sendable {
  public let title: String
  public let mean: Double
  /// Where the mean over seeds lies, by the bootstrap; nil for one seed.
  public let interval: ConfidenceInterval?
  public let verdict: RowVerdict

  /// With fewer seeds a criterion stays undecided: an interval of two numbers is no interval.
  public static let leastSeeds = 3

  /// - Parameter samples: the measures of each seed.
  /// - Returns: nil if a seed lacks the measure or gave a number that is not finite.
  public init?(_ criterion: Criterion, samples: [[String: Double]]) {
    let values = samples.compactMap(criterion.value).filter(\.isFinite)
    guard values.count == samples.count, let mean = Statistic.mean.value(of: values) else { return nil }
    title = criterion.title
    self.mean = mean
    interval = Bootstrap().interval(of: .mean, values)
    // Less by the rounding of the mean.
    let minimum = criterion.minimum - 1e-9
    guard let interval, values.count >= Self.leastSeeds else {
      verdict = .undecided
      return
    }
    verdict = interval.lower >= minimum ? .passed : interval.upper < minimum ? .failed : .undecided
  }
}

extension [CriterionResult] {
  /// Passed if all are, failed if one is.
  public var verdict: RowVerdict {
    if contains(where: { $0.verdict == .failed }) { return .failed }
    return allSatisfy { $0.verdict == .passed } && !isEmpty ? .passed : .undecided
  }
}
