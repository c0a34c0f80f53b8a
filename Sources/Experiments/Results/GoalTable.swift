import Evaluation
import Runtime
import Statistics

/// The environment steps after which runs first reach the experiment's goal, by arm.
struct GoalTable {
  private let results: ExperimentResults
  private let goal: Double

  /// nil if the experiment has no goal.
  init?(_ results: ExperimentResults) {
    guard let goal = results.experiment.goal else { return nil }
    self.results = results
    self.goal = goal
  }

  var title: String { "Steps until \(results.experiment.measure.rawValue) is \(NumberText.short(goal))" }

  /// A table with one line for each arm, and a sentence that explains it.
  var text: String {
    let base = results.experiment.arms.first.flatMap { median(of: $0) }
    let rows = results.experiment.arms.map { arm in
      let steps = results.runs(of: arm).map(self.steps)
      let middle = median(of: arm)
      let share = zip(middle, base).map { NumberText.short($0 / $1) }
      return [
        arm.title, "\(steps.count { $0 != nil }) of \(steps.count)", middle.map { "\(Int($0))" } ?? "-", share ?? "-",
        steps.map { $0.map { "\($0)" } ?? "-" }.joined(separator: ", "),
      ]
    }
    return "The first point of each run's curve that reaches the goal. There is a median if more than half of the runs "
      + "do.\n\n"
      + TextTable([["arm", "runs", "median", "times the first arm's", "by seed"]] + rows).markdown
  }

  /// nil if the run never reaches the goal.
  private func steps(_ run: RunResult) -> Int? {
    let measure = results.experiment.measure
    return run.curve.records.lazy.compactMap { $0 }.first { (measure.value(in: $0) ?? -.infinity) >= goal }?.step
  }

  /// The median over all runs of the arm; nil if it is among those that never reach the goal.
  private func median(of arm: ExperimentArm) -> Double? {
    let steps = results.runs(of: arm).map { self.steps($0).map(Double.init) ?? .infinity }.sorted()
    return Quantile.interpolated(0.5, ofSorted: steps).flatMap { $0.isFinite ? $0 : nil }
  }

  private func zip(_ first: Double?, _ second: Double?) -> (Double, Double)? {
    guard let first, let second else { return nil }
    return (first, second)
  }
}
