import Configuration
import Foundation
import Runtime
import Statistics

/// How the measures of an evaluation are distributed: in all, and apart for each value of one measure, such as the hero's role.
public struct EpisodeDistributions: Sendable {
  /// Quantiles that the table shows.
  private static let shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
  /// Values of the grouping measure at most: more are no groups but a scale.
  private static let maximumGroups = 64

  private let report: EvaluationReport
  private let measures: [String]
  private let group: String?

  /// - Parameters:
  ///   - measures: names of measures to show; empty for those of the report that are no shares and no channels.
  ///   - group: the measure by whose values episodes are grouped; nil for no groups.
  /// - Throws: `ConfigurationError` that names a measure that the evaluation does not have, or has too many values.
  public init(_ report: EvaluationReport, measures: [String] = [], by group: String?) throws(ConfigurationError) {
    let known = report.episodes.first?.measures.map(\.name) ?? []
    if let stranger = (measures + (group.map { [$0] } ?? [])).first(where: { !known.contains($0) }) {
      let list = known.joined(separator: ", ")
      throw ConfigurationError(["the evaluation has no measure \"\(stranger)\"; it has \(list)"])
    }
    self.report = report
    let shown = known.filter {
      !$0.hasPrefix("share of") && !$0.hasPrefix("reward ") && !EvaluationReport.kinds.contains($0)
    }
    self.measures = measures.isEmpty ? shown : measures
    self.group = group
    if let group, Set(values(group, of: report.episodes)).count > Self.maximumGroups {
      throw ConfigurationError(["\(group) has more than \(Self.maximumGroups) values; group by a measure with few"])
    }
  }

  /// Plain text that is also Markdown.
  public var table: String {
    let heads = Self.shares.map { $0 == 0 ? "least" : $0 == 1 ? "most" : $0 == 0.5 ? "median" : "\(Int($0 * 100)) %" }
    var rows = [["measure", "mean", "standard error"] + heads]
    for measure in measures {
      let values = values(measure, of: report.episodes).sorted()
      rows.append([measure] + Self.meanAndError(values) + Self.quantiles(values))
    }
    var text = TextTable(rows).markdown + "\n"
    guard let group else { return text }
    rows = [[group, "episodes"] + measures.filter { $0 != group }.map { "\($0): mean (median)" }]
    let groups = Dictionary(grouping: report.episodes) { values(group, of: [$0]).first ?? 0 }
    for (value, episodes) in groups.sorted(by: { $0.key < $1.key }) {
      let cells = measures.filter { $0 != group }.map { measure -> String in
        let values = values(measure, of: episodes).sorted()
        let median = Quantile.interpolated(0.5, ofSorted: values).map(NumberText.short) ?? "-"
        return "\(Self.meanAndError(values)[0]) (\(median))"
      }
      rows.append([value == value.rounded() ? String(format: "%.0f", value) : "\(value)", "\(episodes.count)"] + cells)
    }
    text += "\n" + TextTable(rows).markdown + "\n"
    return text
  }

  private func values(_ measure: String, of episodes: [EpisodeResult]) -> [Double] {
    episodes.compactMap { episode in episode.measures.first { $0.name == measure }?.value }
  }

  /// The mean, and the standard deviation over the root of the number of values.
  private static func meanAndError(_ values: [Double]) -> [String] {
    guard !values.isEmpty else { return ["-", "-"] }
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return [NumberText.short(mean), "-"] }
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    return [NumberText.short(mean), NumberText.short((variance / Double(values.count)).squareRoot())]
  }

  private static func quantiles(_ sorted: [Double]) -> [String] {
    shares.map { Quantile.interpolated($0, ofSorted: sorted).map(NumberText.short) ?? "-" }
  }
}
