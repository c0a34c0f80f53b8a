import Foundation
import Learner
import Runtime
import Synchronization
import Telemetry

/// Curves of runs for the page, from the files that learners write. Of a file that has grown, only the new part is read.
final class CurveReader: Sendable {
  /// Points of a curve at most: more than a screen has columns for.
  static let maximumPoints = 400
  /// Files whose records are kept.
  private static let maximumFiles = 16

  private struct State {
    /// What is known of each file, and when it was used last.
    var kept: [String: (tail: RecordTail, used: Int)] = [:]
    var uses = 0
  }

  /// A curve: steps, values, and the ends of the intervals where there are any.
  struct Curve: Encodable {
    var run: String
    var name: String
    var steps: [Int]
    var values: [Double]
    var low: [Double]?
    var high: [Double]?
  }

  private let state = Mutex(State())

  /// The records of a run, thinned; empty if it has none.
  func records(of run: ShownRuns.Run) -> [MetricsRecord] {
    let path = "\(run.path)/metrics.jsonl"
    return state.withLock { state in
      state.uses += 1
      var tail = state.kept.removeValue(forKey: path)?.tail ?? RecordTail()
      tail.update(from: path)
      if state.kept.count >= Self.maximumFiles, let oldest = state.kept.min(by: { $0.value.used < $1.value.used }) {
        state.kept[oldest.key] = nil
      }
      state.kept[path] = (tail, state.uses)
      return tail.records
    }
  }

  /// Metrics and facts of a run over its steps, by their names in metrics.jsonl.
  func curves(of metrics: [String], _ run: ShownRuns.Run) -> [Curve] {
    let records = records(of: run)
    return metrics.map { metric in
      if metric == MetricName.evaluationReturn.rawValue { return evaluations(of: run) }
      let points = Self.thinned(records.compactMap { record in record[metric].map { (record.step, $0) } })
      return Curve(run: run.id, name: run.name, steps: points.map(\.0), values: points.map(\.1))
    }
  }

  /// The evaluations of a run, each at the step of its checkpoint, with its interval.
  private func evaluations(of run: ShownRuns.Run) -> Curve {
    let text = (try? TextFile.read("\(run.path)/evaluations.jsonl")).flatMap { $0 } ?? ""
    let results = Self.thinned(EvaluationResult.read(lines: text))
    return Curve(
      run: run.id, name: run.name, steps: results.map(\.step), values: results.map(\.returnMean),
      low: results.map { $0.returnLow ?? $0.returnMean }, high: results.map { $0.returnHigh ?? $0.returnMean })
  }

  /// Every n-th point and the last, so that at most `maximumPoints` remain.
  static func thinned<Point>(_ points: [Point]) -> [Point] {
    guard points.count > maximumPoints else { return points }
    let distance = (points.count + maximumPoints - 2) / (maximumPoints - 1)
    var kept = stride(from: 0, to: points.count, by: distance).map { points[$0] }
    if let last = points.last, !(points.count - 1).isMultiple(of: distance) { kept.append(last) }
    return kept
  }
}
