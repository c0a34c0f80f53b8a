import Statistics

/// A measurement of published claims that needs no run of its own: what is measured for a seed, and what must hold over seeds.
///
/// A study contains controls, whose row is `StudyRequirement.control`: it must find an effect that was planted, and find none
/// where none was. If a control fails, the other verdicts mean nothing.
public struct Study: Sendable {
  /// Name on the command line.
  public let name: String
  /// What is studied, in one line.
  public let abstract: String
  /// Seeds that decide most of its requirements.
  public let seeds: Int
  public let requirements: [StudyRequirement]
  /// Everything that a seed measures, by name. The same seed gives the same numbers.
  public let measure: @Sendable (UInt64) throws -> [String: Double]

  public init(
    _ name: String, _ abstract: String, seeds: Int = 5, requirements: [StudyRequirement],
    measure: @escaping @Sendable (UInt64) throws -> [String: Double]
  ) {
    self.name = name
    self.abstract = abstract
    self.seeds = seeds
    self.requirements = requirements
    self.measure = measure
  }

  /// The rows of docs/methods.md that it decides, without its controls.
  public var rows: [String] {
    var rows: [String] = []
    for requirement in requirements where !requirement.isControl && !rows.contains(requirement.row) {
      rows.append(requirement.row)
    }
    return rows
  }
}

/// A number of each seed whose mean must reach a bar. Bars are set before a study runs.
public struct StudyRequirement: Sendable {
  /// The row of an effect that was planted, or of the absence of one.
  public static let control = "control"

  /// Row of docs/methods.md, or `control`.
  public let row: String
  /// The number and the condition, in words.
  public let title: String
  public let bar: StudyBar
  /// From the measures of all seeds to one number for each.
  let numbers: @Sendable ([[String: Double]]) -> [Double]

  /// - Parameter numbers: for numbers that depend on all seeds, such as a deviation from their mean.
  public init(
    _ row: String, _ title: String, _ bar: StudyBar, numbers: @escaping @Sendable ([[String: Double]]) -> [Double]
  ) {
    self.row = row
    self.title = title
    self.bar = bar
    self.numbers = numbers
  }

  /// A number of each seed alone.
  public init(
    _ row: String, _ title: String, _ bar: StudyBar, number: @escaping @Sendable ([String: Double]) -> Double
  ) {
    self.init(row, title, bar) { (measures: [[String: Double]]) -> [Double] in measures.map(number) }
  }

  /// A measure, or what it exceeds another one of the same seed by.
  public init(_ row: String, _ title: String, _ measure: String, minus other: String? = nil, _ bar: StudyBar) {
    self.init(row, title, bar) { (measures: [String: Double]) -> Double in
      let number = measures[measure] ?? .nan
      guard let other else { return number }
      return number - (measures[other] ?? .nan)
    }
  }

  public var isControl: Bool { row == Self.control }
}

/// What a number has to be.
public enum StudyBar: Sendable, Hashable {
  case atLeast(Double)
  case atMost(Double)

  /// Sums of differences are not exact: what differs from the bar by less reaches it.
  private static let tolerance = 1e-9

  func verdict(_ interval: ConfidenceInterval) -> BarVerdict {
    switch self {
    case .atLeast(let bar): BarVerdict(interval, atLeast: bar - Self.tolerance)
    case .atMost(let bar): BarVerdict(interval, atMost: bar + Self.tolerance)
    }
  }

  func isReached(by number: Double) -> Bool {
    verdict(ConfidenceInterval(lower: number, upper: number)) == .passed
  }

  public var description: String {
    switch self {
    case .atLeast(let bar): "at least \(bar)"
    case .atMost(let bar): "at most \(bar)"
    }
  }
}

/// All studies, in the order in which they are listed.
public enum StudyCatalogue {
  public static let all: [Study] = [
    .consistentPairs, .recycledOutcomes, .degrees, .stepScores, .shift, .probe, .noise, .teacher, .recipe, .horizon,
    .ensemble, .search(.init()), .programSearch, .intents, .regret, .restart, .balance,
  ]

  /// - Returns: nil if no study has the name.
  public static func study(_ name: String) -> Study? { all.first { $0.name == name } }
}
