import Telemetry

/// A run's records at equal distances of environment steps, so that runs can be averaged step by step.
struct LearningCurve: Sendable, Equatable {
  /// Ascending; the last is the run's end.
  let steps: [Int]
  /// The record of each point; nil where the run has none.
  let records: [MetricsRecord?]

  /// - Parameters:
  ///   - records: of a run, ascending by steps.
  ///   - interval: steps between points. A point's record is the first from there on, before the next point.
  ///   - total: steps of the run.
  init(_ records: [MetricsRecord], every interval: Int, total: Int) {
    var steps = Array(stride(from: interval, to: total, by: interval))
    // A short rest is not worth a point of its own.
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
