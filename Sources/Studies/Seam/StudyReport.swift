import Runtime
import Statistics

/// The results of a study over seeds.
public struct StudyReport: Sendable, Encodable {
  /// A requirement with its numbers.
  public struct Line: Sendable, Encodable {
    public let row: String
    public let title: String
    /// In words.
    public let bar: String
    /// One number for each seed; not finite if a seed did not measure it.
    public let values: [Double]
    public let mean: Double?
    /// 95% bootstrap interval of the mean; nil for one seed.
    public let interval: ConfidenceInterval?
    /// nil for one seed, which decides nothing, and for numbers that are not finite.
    public let verdict: String?
    /// Whether the whole interval reaches the bar; for one seed, whether the number does.
    public let reachesBar: Bool

    init(_ requirement: StudyRequirement, _ measures: [[String: Double]]) {
      let values = requirement.numbers(measures)
      let isMeasured = !values.isEmpty && values.allSatisfy(\.isFinite)
      (row, title, bar) = (requirement.row, requirement.title, requirement.bar.description)
      self.values = values.filter(\.isFinite)
      let mean = isMeasured ? Statistic.mean.value(of: values) : nil
      let interval = isMeasured ? Bootstrap().interval(of: .mean, values) : nil
      let verdict = interval.map(requirement.bar.verdict)
      (self.mean, self.interval, self.verdict) = (mean, interval, verdict?.rawValue)
      reachesBar = verdict.map { $0 == .passed } ?? mean.map(requirement.bar.isReached) ?? false
    }

    public var isControl: Bool { row == StudyRequirement.control }
  }

  public let study: String
  public let seeds: Int
  /// Processor time, in seconds.
  public let seconds: Double
  public let lines: [Line]

  /// Measures some seeds in turn.
  /// - Parameters:
  ///   - first: the first seed. Settings are chosen on other seeds than those that decide.
  ///   - seeds: their number, at least 1.
  ///   - note: receives the measures of each seed as text.
  public init(_ study: Study, first: UInt64 = 1, seeds: Int, note: (String) -> Void = { _ in }) throws {
    let began = CurrentThread.cpuSeconds
    var measures: [[String: Double]] = []
    for index in 0..<UInt64(clamping: max(1, seeds)) {
      let seed = first &+ index
      let own = try study.measure(seed)
      measures.append(own)
      note("seed \(seed): " + own.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
    self.study = study.name
    self.seeds = measures.count
    seconds = CurrentThread.cpuSeconds - began
    lines = study.requirements.map { Line($0, measures) }
  }

  /// Whether every planted effect was found, and none where none was.
  public var controlsHold: Bool { lines.allSatisfy { !$0.isControl || $0.reachesBar } }
}
