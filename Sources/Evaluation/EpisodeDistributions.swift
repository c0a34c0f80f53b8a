import Configuration
import Foundation
import Runtime
import Statistics

/// How the measures of an evaluation are distributed: in all, and apart for each value of a category, such as the hero's role,
/// or of one measure.
public struct EpisodeDistributions: Sendable {
  /// Quantiles that the table shows.
  private static let shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
  /// Groups at most: more values are no groups but a scale.
  private static let maximumGroups = 64

  private let report: EvaluationReport
  private let measures: [String]
  private let group: String?

  /// - Parameters:
  ///   - measures: names of measures to show; empty for those of the report that are no shares and no channels.
  ///   - group: the category or the measure by whose values episodes are grouped; nil for no groups.
  /// - Throws: `ConfigurationError` that names what the evaluation does not have, or a measure of too many values.
  public init(_ report: EvaluationReport, measures: [String] = [], by group: String?) throws(ConfigurationError) {
    let known = report.episodes.first?.measures.map(\.name) ?? []
    let categories = (report.episodes.first?.categories ?? [:]).keys.sorted()
    let groups = group.map { categories.contains($0) ? [] : [$0] } ?? []
    if let stranger = (measures + groups).first(where: { !known.contains($0) }) {
      let list = (known + categories).joined(separator: ", ")
      throw ConfigurationError(["the evaluation has no measure \"\(stranger)\"; it has \(list)"])
    }
    self.report = report
    let shown = known.filter { !$0.hasPrefix("share of") && !$0.hasPrefix("reward ") }
    self.measures = measures.isEmpty ? shown : measures
    self.group = group
    if let group, Set(report.episodes.map { Self.group(of: $0, by: group) }).count > Self.maximumGroups {
      throw ConfigurationError(["\(group) has more than \(Self.maximumGroups) values; group by a measure with few"])
    }
  }

  /// A value by which episodes are grouped. Numbers are in the order of their size.
  private struct Group: Hashable, Comparable {
    let number: Double
    let text: String

    static func < (left: Group, right: Group) -> Bool { (left.number, left.text) < (right.number, right.text) }
  }

  private static func group(of episode: EpisodeResult, by name: String) -> Group {
    if let text = episode.categories?[name] { return Group(number: 0, text: text) }
    let value = episode.measures.first { $0.name == name }?.value ?? 0
    return Group(number: value, text: value == value.rounded() ? String(format: "%.0f", value) : "\(value)")
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
    let groups = Dictionary(grouping: report.episodes) { Self.group(of: $0, by: group) }
    for (value, episodes) in groups.sorted(by: { $0.key < $1.key }) {
      let cells = measures.filter { $0 != group }.map { measure -> String in
        let values = values(measure, of: episodes).sorted()
        let median = Quantile.interpolated(0.5, ofSorted: values).map(NumberText.short) ?? "-"
        return "\(Self.meanAndError(values)[0]) (\(median))"
      }
      rows.append([value.text, "\(episodes.count)"] + cells)
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
