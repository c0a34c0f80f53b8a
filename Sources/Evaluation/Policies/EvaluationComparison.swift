import Configuration
import Runtime
import Statistics

/// Two policies on the same episodes: the differences episode by episode, which vary less than the episodes do.
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
