import Telemetry

/// What a finished run came to.
struct RunResult: Sendable, Equatable {
  let run: ExperimentRun
  /// Its last record.
  let last: MetricsRecord
  let curve: LearningCurve

  func value(of measure: Measure) -> Double? { measure.value(in: last) }
}
