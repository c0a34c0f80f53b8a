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
        curve: LearningCurve(records, every: experiment.stepsPerPoint, total: run.steps))
    }
  }

  func runs(of arm: ExperimentArm) -> [RunResult] { runs.filter { $0.run.arm == arm } }

  /// The final values of an arm, one a run that knows it.
  func values(of measure: Measure, _ arm: ExperimentArm) -> [Double] {
    runs(of: arm).compactMap { $0.value(of: measure) }
  }

  /// The final results, a line a run. What is unknown is empty.
  var resultsTable: String {
    table(["arm", "seed", "steps"], runs.map { ([$0.run.arm.name, "\($0.run.seed)"], $0.last) })
  }

  /// The curves, a line a point.
  var curvesTable: String {
    table(
      ["arm", "seed", "steps"],
      runs.flatMap { result in
        result.curve.records.compactMap { $0 }.map { ([result.run.arm.name, "\(result.run.seed)"], $0) }
      })
  }

  private func table(_ names: [String], _ rows: [([String], MetricsRecord)]) -> String {
    let header = (names + Measure.allCases.map(\.rawValue)).joined(separator: ",")
    let lines = rows.map { names, record in
      let values = Measure.allCases.map { measure in measure.value(in: record).map { "\($0)" } ?? "" }
      return (names + ["\(record.step)"] + values).joined(separator: ",")
    }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }
}
