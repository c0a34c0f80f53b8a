import Telemetry

/// The finished runs of an experiment.
struct ExperimentResults: Sendable {
  let experiment: Experiment
  /// In the order of the experiment's runs.
  let runs: [RunResult]

  init(experiment: Experiment, runs: [RunResult]) {
    self.experiment = experiment
    self.runs = runs
  }

  /// - Throws: when the metrics of a run cannot be read.
  init(of experiment: Experiment, in folder: ExperimentFolder) throws {
    self.experiment = experiment
    runs = try experiment.runs.compactMap { run in
      guard try folder.state(of: run) == .finished else { return nil }
      let records = try folder.records(of: run)
      guard let last = records.last else { return nil }
      return RunResult(
        run: run, last: last,
        curve: LearningCurve(records, every: experiment.stepsPerPoint, total: run.steps),
        evaluation: experiment.evaluationEpisodes > 0 ? try folder.evaluation(of: run) : nil)
    }
  }

  func runs(of arm: ExperimentArm) -> [RunResult] { runs.filter { $0.run.arm == arm } }

  /// The final values of an arm, one a run that knows it.
  func values(of measure: Measure, _ arm: ExperimentArm) -> [Double] {
    runs(of: arm).compactMap { $0.value(of: measure) }
  }

  /// The final results, a line a run. What is unknown is empty.
  var resultsTable: String {
    table(runs.map { result in Row(run: result.run, step: result.last.step, value: result.value) })
  }

  /// The curves, a line a point.
  var curvesTable: String {
    table(
      runs.flatMap { result in
        result.curve.records.compactMap { $0 }.map { record in
          Row(run: result.run, step: record.step) { $0.value(in: record) }
        }
      })
  }

  private struct Row {
    let run: ExperimentRun
    let step: Int
    let value: (Measure) -> Double?
  }

  private func table(_ rows: [Row]) -> String {
    let header = (["arm", "seed", "steps"] + Measure.allCases.map(\.rawValue)).joined(separator: ",")
    let lines = rows.map { row in
      let values = Measure.allCases.map { measure in row.value(measure).map { "\($0)" } ?? "" }
      return ([row.run.arm.name, "\(row.run.seed)", "\(row.step)"] + values).joined(separator: ",")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }
}
