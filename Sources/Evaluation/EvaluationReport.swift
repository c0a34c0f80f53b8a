import Configuration
import Foundation
import Runtime
import Statistics

/// The results of an evaluation.
public struct EvaluationReport: Sendable, Equatable, Codable {
  /// A measure over all episodes.
  public struct Line: Sendable, Equatable, Codable {
    public let measure: String
    public let summary: Summary
  }

  /// A way to end, and how many episodes ended so.
  public struct End: Sendable, Equatable, Codable {
    public let end: String
    public let count: Int
  }

  public let task: String
  /// Folder, environment steps and policy version of the checkpoint.
  public let checkpoint: String
  public let step: Int
  public let version: UInt64
  public let seed: UInt64
  public let isGreedy: Bool
  public let lines: [Line]
  /// Ways to end, the most frequent first.
  public let ends: [End]
  public let episodes: [EpisodeResult]

  public init(_ policy: PolicyUnderTest, _ evaluation: PolicyEvaluation, _ episodes: [EpisodeResult]) {
    self.init(
      task: policy.plan.specification.name, (policy.path, policy.step, policy.version), seed: evaluation.seed,
      isGreedy: evaluation.isGreedy, episodes)
  }

  /// - Parameters:
  ///   - task: what was played, so that equal names mean equal episodes for equal seeds.
  ///   - source: folder, environment steps and policy version of the checkpoint.
  init(
    task: String, _ source: (path: String, step: Int, version: UInt64), seed: UInt64, isGreedy: Bool,
    _ episodes: [EpisodeResult]
  ) {
    self.task = task
    (checkpoint, step, version) = source
    (self.seed, self.isGreedy) = (seed, isGreedy)
    self.episodes = episodes
    let names = episodes.first?.measures.map(\.name) ?? []
    lines = names.indices.compactMap { index in
      Summary(episodes.map { $0.measures[index].value }).map { Line(measure: names[index], summary: $0) }
    }
    let counts = Dictionary(grouping: episodes, by: \.end).map { End(end: $0.key, count: $0.value.count) }
    ends = counts.sorted { ($1.count, $0.end) < ($0.count, $1.end) }
  }

  /// Largest number of ways to end that the table shows.
  private static let shownEnds = 12

  /// Plain text that is also Markdown; the same for the same episodes.
  public var table: String {
    var rows = [["measure", "mean", "95 %", "IQM", "95 %"]]
    for line in lines {
      let summary = line.summary
      rows.append([
        line.measure, NumberText.short(summary.mean), NumberText.interval(summary.meanInterval),
        NumberText.short(summary.interquartileMean), NumberText.interval(summary.interquartileMeanInterval),
      ])
    }
    let manner = isGreedy ? "greedy" : "sampled actions"
    let head =
      "\(task): \(checkpoint) (step \(step), version \(version)), \(episodes.count) episodes of seed \(seed), \(manner)"
    var text = "\(head)\n\n\(TextTable(rows).markdown)\n\n"
    let shown = ends.prefix(Self.shownEnds)
    text += TextTable([["end", "episodes"]] + shown.map { [$0.end, "\($0.count)"] }).markdown + "\n"
    let others = ends.dropFirst(Self.shownEnds)
    if !others.isEmpty { text += "and \(others.count) other ends of \(others.reduce(0) { $0 + $1.count }) episodes\n" }
    return text
  }
}

/// Two policies on the same episodes, compared episode by episode: the differences vary less than the results.
public struct EvaluationComparison: Sendable, Equatable, Codable {
  /// A measure: its mean under both policies, and the first's minus the second's.
  public struct Line: Sendable, Equatable, Codable {
    public let measure: String
    public let mean: Double
    public let otherMean: Double
    public let difference: Summary
  }

  public let report: EvaluationReport
  public let other: EvaluationReport
  public let lines: [Line]

  /// - Throws: `ConfigurationError` unless both played the same episodes of the same task.
  public init(_ report: EvaluationReport, against other: EvaluationReport) throws(ConfigurationError) {
    guard report.task == other.task else {
      throw ConfigurationError(["\(report.checkpoint) plays \(report.task) and \(other.checkpoint) \(other.task)"])
    }
    guard report.seed == other.seed, report.episodes.map(\.episode) == other.episodes.map(\.episode),
      report.lines.map(\.measure) == other.lines.map(\.measure)
    else {
      throw ConfigurationError(["\(report.checkpoint) and \(other.checkpoint) were not evaluated on the same episodes"])
    }
    self.report = report
    self.other = other
    lines = report.lines.indices.compactMap { index in
      let differences = zip(report.episodes, other.episodes).map {
        $0.measures[index].value - $1.measures[index].value
      }
      return Summary(differences).map {
        Line(
          measure: report.lines[index].measure, mean: report.lines[index].summary.mean,
          otherMean: other.lines[index].summary.mean, difference: $0)
      }
    }
  }

  /// Plain text that is also Markdown.
  public var table: String {
    var rows = [["measure", "this", "other", "difference", "95 %"]]
    for line in lines {
      rows.append([
        line.measure, NumberText.short(line.mean), NumberText.short(line.otherMean),
        NumberText.short(line.difference.mean), NumberText.interval(line.difference.meanInterval),
      ])
    }
    return """
      \(report.task), \(report.episodes.count) episodes of seed \(report.seed), each played by both:
      this  \(report.checkpoint) (step \(report.step))
      other \(other.checkpoint) (step \(other.step))

      \(TextTable(rows).markdown)

      """
  }
}

/// The format of numbers in tables.
public enum NumberText {
  /// "0.123 ... 4.56", or a dash without an interval.
  public static func interval(_ interval: ConfidenceInterval?) -> String {
    interval.map { "\(short($0.lower)) ... \(short($0.upper))" } ?? "-"
  }

  /// Three significant digits, or all digits of a large whole part; no minus sign before a zero.
  public static func short(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let magnitude = abs(value)
    let digits = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3
    let text = String(format: "%.\(digits)f", value)
    return text.hasPrefix("-") && !text.contains(where: { ("1"..."9").contains($0) }) ? String(text.dropFirst()) : text
  }
}
