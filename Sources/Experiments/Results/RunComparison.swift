import Evaluation
import Foundation
import Runtime
import Statistics
import Telemetry

/// Curves of several runs on one axis: each arm is a run, or the mean of runs that differ in their seeds, with its
/// confidence interval at every point.
public struct RunComparison: Sendable {
  /// Runs that are compared as one.
  struct Arm: Sendable {
    let name: String
    /// One list for each run, ascending by steps.
    let runs: [[MetricsRecord]]
  }

  /// Points of a curve.
  static let points = 60
  /// Draws of the interval of a point.
  private static let resamples = 1000

  private let arms: [Arm]
  private let measure: Measure

  /// Reads the metrics of runs.
  /// - Parameter arguments: a run directory each, or NAME=RUN,RUN,... for the mean of several.
  /// - Throws: `FileError` naming the run whose metrics cannot be read or are empty.
  public init(_ arguments: [String], measure: Measure) throws {
    let arms = try arguments.map { argument -> Arm in
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let paths = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : [argument]
      let name = parts.count == 2 ? String(parts[0]) : URL(fileURLWithPath: argument).lastPathComponent
      guard !name.isEmpty, !paths.isEmpty else { throw FileError(argument, "is not RUN or NAME=RUN,RUN,...") }
      return Arm(name: name, runs: try paths.map(Self.records))
    }
    self.init(arms, measure: measure)
  }

  init(_ arms: [Arm], measure: Measure) {
    self.arms = arms
    self.measure = measure
  }

  private static func records(of run: String) throws -> [MetricsRecord] {
    let records = try MetricsFile.records(of: "\(run)/metrics.jsonl")
    guard !records.isEmpty else { throw FileError("\(run)/metrics.jsonl", "has no record yet") }
    return records
  }

  // MARK: Curves

  /// The steps of the points, evenly spread up to the longest run's end.
  var steps: [Double] {
    let end = Double(arms.flatMap(\.runs).compactMap { $0.last?.step }.max() ?? 0)
    return (1...Self.points).map { end * Double($0) / Double(Self.points) }
  }

  /// The measure of a run at a step, interpolated between its records; nil outside of them.
  static func value(of measure: Measure, at step: Double, in records: [MetricsRecord]) -> Double? {
    let known = records.compactMap { record in measure.value(in: record).map { (Double(record.step), $0) } }
    guard let next = known.firstIndex(where: { $0.0 >= step }) else { return nil }
    if known[next].0 == step { return known[next].1 }
    guard next > 0 else { return nil }
    let (before, after) = (known[next - 1], known[next])
    let share = (step - before.0) / (after.0 - before.0)
    return before.1 + share * (after.1 - before.1)
  }

  /// The mean of an arm's runs at each step that all of them reach, with its interval.
  func curve(of arm: Arm) -> [(step: Double, mean: Double, interval: ConfidenceInterval?)] {
    let bootstrap = Bootstrap(resamples: Self.resamples)
    return steps.compactMap { step in
      let values = arm.runs.compactMap { Self.value(of: measure, at: step, in: $0) }
      guard values.count == arm.runs.count, let mean = Statistic.mean.value(of: values) else { return nil }
      return (step, mean, bootstrap.interval(of: .mean, values))
    }
  }

  /// The last value of each of an arm's runs.
  private func ends(of arm: Arm) -> [Double] {
    arm.runs.compactMap { records in records.reversed().lazy.compactMap { measure.value(in: $0) }.first }
  }

  // MARK: Output

  /// A table of the last values and a line of blocks for each curve, all on one scale of steps.
  public var text: String {
    let rows = arms.map { arm -> [String] in
      let ends = ends(of: arm)
      let last = arm.runs.compactMap { $0.last?.step }.min() ?? 0
      return [
        arm.name, "\(arm.runs.count)", "\(last)", Statistic.mean.value(of: ends).map { NumberText.short($0) } ?? "-",
        NumberText.interval(Bootstrap().interval(of: .mean, ends)),
      ]
    }
    let table = TextTable([["arm", "runs", "steps", measure.rawValue, "95 %"]] + rows).plain
    let width = (arms.map(\.name.count).max() ?? 0) + 2
    let curves = arms.map { arm -> String in
      let values = Dictionary(curve(of: arm).map { ($0.step, $0.mean) }, uniquingKeysWith: { $1 })
      let name = arm.name.printable + String(repeating: " ", count: max(1, width - arm.name.count))
      return name + BlockChart.lines(steps.map { values[$0] }, width: Self.points, height: 1).joined()
    }
    let axis =
      "each curve from its lowest to its highest \(measure.rawValue), over 0 to \(Int(saturating: steps.last ?? 0)) steps"
    return ([table, ""] + curves + [axis]).joined(separator: "\n")
  }

  /// A plot with a band for the interval of each arm of several runs.
  public var svg: String {
    let series = arms.map { arm in
      LinePlot.Series(
        name: arm.name, points: curve(of: arm).map { LinePlot.Point(x: $0.step, y: $0.mean, band: $0.interval) })
    }
    let several = arms.contains { $0.runs.count > 1 }
    return LinePlot(
      title: "Comparison of runs", subtitle: several ? "mean and its 95 % bootstrap interval" : "one run each",
      xTitle: "environment steps", yTitle: measure.title, yRange: measure.range, series: series
    ).svg
  }
}
