import Evaluation
import Runtime
import Statistics

/// What the evaluations of the runs' final policies came to, all on the same episodes.
struct EvaluationTable {
  /// Ways to end that are named for each arm.
  private static let shownEnds = 3

  private let results: ExperimentResults
  private let bootstrap: Bootstrap
  /// Those of every episode, in the order of the evaluations.
  private let measures: [String]

  init(_ results: ExperimentResults, _ bootstrap: Bootstrap) {
    self.results = results
    self.bootstrap = bootstrap
    measures = results.runs.lazy.compactMap(\.evaluation).first?.lines.map(\.measure) ?? []
  }

  var isEmpty: Bool { measures.isEmpty }

  /// A line a run, as CSV: the mean of each measure.
  var lines: String {
    let rows = results.runs.compactMap { result in
      result.evaluation.map { evaluation in
        ([result.run.arm.name, "\(result.run.seed)", "\(evaluation.episodes.count)"]
          + measures.map { Self.mean(of: $0, evaluation).map { "\($0)" } ?? "" }).joined(separator: ",")
      }
    }
    return ([(["arm", "seed", "episodes"] + measures).joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
  }

  /// A table with a line a measure and a column an arm: means over runs with their intervals. Then how episodes ended.
  var summary: String {
    let arms = results.experiment.arms.filter { arm in results.runs(of: arm).contains { $0.evaluation != nil } }
    let rows = measures.map { measure in
      [measure]
        + arms.map { arm in
          let means = evaluations(of: arm).compactMap { Self.mean(of: measure, $0) }
          guard let summary = Summary(means, bootstrap: bootstrap) else { return "-" }
          return "\(NumberText.short(summary.mean)) (\(NumberText.interval(summary.meanInterval)))"
        }
    }
    let episodes = results.experiment.evaluationEpisodes
    return
      "Means over runs of \(episodes) episodes each, the same for all, with 95 % bootstrap intervals over runs.\n\n"
      + TextTable([["measure"] + arms.map(\.title)] + rows).markdown + "\n\nEpisodes ended most often so:\n\n"
      + arms.map { "- \($0.title): \(ends(of: evaluations(of: $0)))" }.joined(separator: "\n")
  }

  private func evaluations(of arm: ExperimentArm) -> [EvaluationReport] {
    results.runs(of: arm).compactMap(\.evaluation)
  }

  private static func mean(of measure: String, _ evaluation: EvaluationReport) -> Double? {
    evaluation.lines.first { $0.measure == measure }?.summary.mean
  }

  /// The most frequent ends of all episodes, with their shares.
  private func ends(of evaluations: [EvaluationReport]) -> String {
    var counts: [String: Int] = [:]
    for end in evaluations.flatMap(\.ends) { counts[end.end, default: 0] += end.count }
    let total = counts.values.reduce(0, +)
    let first = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.shownEnds)
    return first.map { "\($0.key) \(100 * $0.value / max(1, total)) %" }.joined(separator: "; ")
  }
}
