import Evaluation
import Statistics
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
    let further = experiment.furtherRuns(of: Set(experiment.arms.map(\.name)), seeds: experiment.furtherSeeds)
    runs = try (experiment.runs + further).compactMap { run in
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

  /// The final values of an arm, one for each run that has the measure.
  func values(of measure: Measure, _ arm: ExperimentArm) -> [Double] {
    runs(of: arm).compactMap { $0.value(of: measure) }
  }

  /// CSV of the final results, one line for each run. Unknown values are empty.
  var resultsTable: String {
    table(runs.map { result in Row(run: result.run, step: result.last.step, value: result.value) })
  }

  /// CSV of the curves, one line for each point.
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

/// The results of a finished run.
struct RunResult: Sendable, Equatable {
  let run: ExperimentRun
  /// The run's last record.
  let last: MetricsRecord
  let curve: LearningCurve
  /// Evaluation of the final policy, if the experiment has evaluations.
  var evaluation: EvaluationReport?

  /// The value at the end of the run. The policy lag is the mean over the curve instead, because it varies from record
  /// to record.
  func value(of measure: Measure) -> Double? {
    if measure == .evaluated { return evaluation?.lines.first { $0.measure == "success" }?.summary.mean }
    guard measure == .lag else { return measure.value(in: last) }
    return Statistic.mean.value(of: curve.records.compactMap { $0.flatMap { measure.value(in: $0) } })
  }
}

/// A run's records at equally spaced environment steps, so that runs can be averaged point by point.
struct LearningCurve: Sendable, Equatable {
  /// Environment steps of the points, ascending; the last is the run's end.
  let steps: [Int]
  /// The record of each point; nil if the run has none.
  let records: [MetricsRecord?]

  /// - Parameters:
  ///   - records: records of a run, ascending by steps.
  ///   - interval: steps between points. A point's record is the first from there on, before the next point.
  ///   - total: steps of the run.
  init(_ records: [MetricsRecord], every interval: Int, total: Int) {
    var steps = Array(stride(from: interval, to: total, by: interval))
    // The last point is the end of the run; a point shortly before it is dropped.
    if let last = steps.last, total - last < interval { steps.removeLast() }
    steps.append(total)
    self.steps = steps
    var next = 0
    self.records = steps.map { step in
      while next < records.count, records[next].step < step { next += 1 }
      guard next < records.count, records[next].step < step + interval else { return nil }
      return records[next]
    }
  }
}
