import Evaluation
import Runtime
import Statistics

/// The differences between the arms' results and a baseline's, seed by seed. Runs of one seed start alike, so their
/// differences vary less than the results.
struct BaselineTable {
  private let results: ExperimentResults
  private let bootstrap: Bootstrap
  private let baseline: ExperimentArm

  /// nil if the experiment names no baseline.
  init?(_ results: ExperimentResults, _ bootstrap: Bootstrap) {
    guard let baseline = results.experiment.arms.first(where: { $0.name == results.experiment.baseline }) else {
      return nil
    }
    self.results = results
    self.bootstrap = bootstrap
    self.baseline = baseline
  }

  var title: String { "Compared with \(baseline.title)" }

  /// A table with one line for each arm, and a sentence that explains it.
  var text: String {
    let measure = results.experiment.measure.rawValue
    let rows = results.experiment.arms.filter { $0 != baseline }.map { arm in
      let differences = differences(of: arm)
      let mean = Statistic.mean.value(of: differences)
      return [
        arm.title, "\(differences.count)", mean.map { NumberText.short($0) } ?? "-",
        NumberText.interval(bootstrap.interval(of: .mean, differences)), "\(differences.count { $0 > 0 })",
        "\(differences.count { $0 < 0 })",
      ]
    }
    return "Differences in \(measure) between runs of the same seed, with 95 % bootstrap intervals over the pairs.\n\n"
      + TextTable([["arm", "pairs", "difference", "95 %", "above", "below"]] + rows).markdown
  }

  /// Differences for the seeds of which both arms have a result.
  private func differences(of arm: ExperimentArm) -> [Double] {
    let measure = results.experiment.measure
    return results.runs(of: arm).compactMap { run in
      let other = results.runs(of: baseline).first { $0.run.seed == run.run.seed }
      guard let value = run.value(of: measure), let base = other?.value(of: measure) else { return nil }
      return value - base
    }
  }
}

/// The evaluations of the runs' final policies, all on the same episodes.
struct EvaluationTable {
  /// Number of ways to end that the table shows for each arm.
  private static let shownEnds = 3

  private let results: ExperimentResults
  private let bootstrap: Bootstrap
  /// Measures of every episode, in the order of the evaluations.
  private let measures: [String]

  init(_ results: ExperimentResults, _ bootstrap: Bootstrap) {
    self.results = results
    self.bootstrap = bootstrap
    measures = results.runs.lazy.compactMap(\.evaluation).first?.lines.map(\.measure) ?? []
  }

  var isEmpty: Bool { measures.isEmpty }

  /// CSV with one line for each run: the mean of each measure.
  var lines: String {
    let rows = results.runs.compactMap { result in
      result.evaluation.map { evaluation in
        ([result.run.arm.name, "\(result.run.seed)", "\(evaluation.episodes.count)"]
          + measures.map { Self.mean(of: $0, evaluation).map { "\($0)" } ?? "" }).joined(separator: ",")
      }
    }
    return ([(["arm", "seed", "episodes"] + measures).joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
  }

  /// A table with one line for each measure and one column for each arm: means over runs with their intervals. Below
  /// it, how episodes ended.
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
      + TextTable([["measure"] + arms.map(\.title)] + rows).markdown + "\n\nMost frequent ways to end:\n\n"
      + arms.map { "- \($0.title): \(ends(of: evaluations(of: $0)))" }.joined(separator: "\n")
  }

  private func evaluations(of arm: ExperimentArm) -> [EvaluationReport] {
    results.runs(of: arm).compactMap(\.evaluation)
  }

  private static func mean(of measure: String, _ evaluation: EvaluationReport) -> Double? {
    evaluation.lines.first { $0.measure == measure }?.summary.mean
  }

  /// The most frequent ways to end, with their shares of all episodes.
  private func ends(of evaluations: [EvaluationReport]) -> String {
    var counts: [String: Int] = [:]
    for end in evaluations.flatMap(\.ends) { counts[end.end, default: 0] += end.count }
    let total = counts.values.reduce(0, +)
    let first = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.shownEnds)
    return first.map { "\($0.key) \(100 * $0.value / max(1, total)) %" }.joined(separator: "; ")
  }
}
