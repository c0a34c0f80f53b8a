import Evaluation
import Runtime
import Statistics

/// How the arms' results differ from a baseline's, seed by seed. Runs of one seed have the same beginning, so that their
/// differences vary less than the runs do.
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

  var title: String { "Beside \(baseline.title)" }

  /// A table with a line an arm, and what it shows.
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

  /// Of the seeds that both have a result of.
  private func differences(of arm: ExperimentArm) -> [Double] {
    let measure = results.experiment.measure
    return results.runs(of: arm).compactMap { run in
      let other = results.runs(of: baseline).first { $0.run.seed == run.run.seed }
      guard let value = run.value(of: measure), let beside = other?.value(of: measure) else { return nil }
      return value - beside
    }
  }
}
