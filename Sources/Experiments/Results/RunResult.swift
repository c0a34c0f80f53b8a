import Evaluation
import Statistics
import Telemetry

/// What a finished run came to.
struct RunResult: Sendable, Equatable {
  let run: ExperimentRun
  /// Its last record.
  let last: MetricsRecord
  let curve: LearningCurve
  /// Of its final policy, where the experiment asks for it.
  var evaluation: EvaluationReport?

  /// At its end; of the policy lag, which says nothing of the end, the mean over the curve.
  func value(of measure: Measure) -> Double? {
    guard measure == .lag else { return measure.value(in: last) }
    return Statistic.mean.value(of: curve.records.compactMap { $0.flatMap { measure.value(in: $0) } })
  }
}
