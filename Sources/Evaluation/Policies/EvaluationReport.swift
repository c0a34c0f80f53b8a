import Runtime
import Statistics

/// What an evaluation came to.
public struct EvaluationReport: Sendable, Equatable, Codable {
  /// A measure over all episodes.
  public struct Line: Sendable, Equatable, Codable {
    public let measure: String
    public let summary: Summary
  }

  /// How often episodes ended so.
  public struct End: Sendable, Equatable, Codable {
    public let end: String
    public let count: Int
  }

  public let task: String
  /// The checkpoint's folder, environment steps and policy version.
  public let checkpoint: String
  public let step: Int
  public let version: UInt64
  public let seed: UInt64
  public let isGreedy: Bool
  public let lines: [Line]
  /// The most frequent first.
  public let ends: [End]
  public let episodes: [EpisodeResult]

  public init(_ policy: PolicyUnderTest, _ evaluation: PolicyEvaluation, _ episodes: [EpisodeResult]) {
    task = policy.plan.specification.name
    (checkpoint, step, version) = (policy.path, policy.step, policy.version)
    (seed, isGreedy) = (evaluation.seed, evaluation.isGreedy)
    self.episodes = episodes
    let names = episodes.first?.measures.map(\.name) ?? []
    lines = names.indices.compactMap { index in
      Summary(episodes.map { $0.measures[index].value }).map { Line(measure: names[index], summary: $0) }
    }
    let counts = Dictionary(grouping: episodes, by: \.end).map { End(end: $0.key, count: $0.value.count) }
    ends = counts.sorted { ($1.count, $0.end) < ($0.count, $1.end) }
  }

  /// Most ways to end that the table shows.
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
