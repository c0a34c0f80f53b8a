import Evaluation
import Foundation
import Runtime
import Statistics

/// Writes the results of an experiment: tables, plots, and a page that shows them.
public struct ExperimentReport {
  private let results: ExperimentResults
  private let folder: ExperimentFolder
  private let version: String
  private let bootstrap = Bootstrap()

  private var experiment: Experiment { results.experiment }

  /// - Parameter version: version of the program, for the page.
  /// - Throws: when a run's metrics cannot be read.
  public init(of experiment: Experiment, in folder: ExperimentFolder, version: String) throws {
    results = try ExperimentResults(of: experiment, in: folder)
    self.folder = folder
    self.version = version
  }

  init(_ results: ExperimentResults, in folder: ExperimentFolder, version: String) {
    self.results = results
    self.folder = folder
    self.version = version
  }

  /// Writes the files; the same runs give the same files.
  /// - Parameter pictures: whether plots are written as PNG too, next to their SVG.
  /// - Throws: when a file cannot be written, or no program can draw the pictures.
  public func write(pictures: Bool = false) throws {
    try save(results.resultsTable, "results.csv")
    try save(results.curvesTable, "curves.csv")
    let evaluations = EvaluationTable(results, bootstrap)
    if !evaluations.isEmpty { try save(evaluations.lines, "evaluations.csv") }
    for plot in plots { try save(plot.svg, plot.file) }
    try save(page, "report.md")
    guard pictures else { return }
    for plot in plots {
      try PlotPicture.write(plot.svg, to: "\(folder.path)/\(plot.file.replacing(".svg", with: ".png"))")
    }
  }

  /// One line for each acceptance test, with its verdict.
  public var verdicts: [String] { AcceptanceResults(results, bootstrap).summary }

  private func save(_ text: String, _ file: String) throws {
    try PosixFileSystem().replace("\(folder.path)/\(file)", with: Array(text.utf8))
  }

  /// The plots that have data.
  private var plots: [(file: String, title: String, svg: String)] {
    let measure = experiment.measure
    var plots = [(file: "curves.svg", title: "Learning curves", svg: curves(measure))]
    plots.append((file: "results.svg", title: "Results", svg: bars))
    if results.runs.contains(where: { ($0.value(of: .labels) ?? 0) > 0 }) {
      plots.append((file: "labels.svg", title: "Labels", svg: curves(.labels)))
    }
    return plots
  }

  /// The mean of each arm over its seeds, with its confidence interval.
  private func curves(_ measure: Measure) -> String {
    let series = experiment.arms.map { arm in
      let runs = results.runs(of: arm)
      let points = (runs.first?.curve.steps ?? []).enumerated().compactMap { index, step -> LinePlot.Point? in
        let values = runs.compactMap { $0.curve.records[index].flatMap { measure.value(in: $0) } }
        guard let mean = Statistic.mean.value(of: values) else { return nil }
        return LinePlot.Point(x: Double(step), y: mean, band: Bootstrap(resamples: 1000).interval(of: .mean, values))
      }
      return LinePlot.Series(name: arm.title, points: points)
    }
    return LinePlot(
      title: experiment.title, subtitle: subtitle, xTitle: "environment steps", yTitle: measure.title,
      yRange: measure.range, series: series
    ).svg
  }

  private var bars: String {
    let bars = experiment.arms.map { arm in
      let values = results.values(of: experiment.measure, arm)
      return BarPlot.Bar(
        name: arm.title, value: Statistic.mean.value(of: values), interval: bootstrap.interval(of: .mean, values),
        points: values)
    }
    return BarPlot(
      title: experiment.title,
      subtitle: "mean, 95 % bootstrap interval and the single runs; last \(experiment.window) episodes of each",
      xTitle: experiment.measure.title, range: experiment.measure.range, bars: bars
    ).svg
  }

  private var subtitle: String {
    experiment.seeds.count == 1
      ? "one run each" : "mean over \(experiment.seeds.count) seeds and its 95 % bootstrap interval"
  }

  private var page: String {
    var lines = ["# \(experiment.title)", ""]
    if !experiment.text.isEmpty { lines += [experiment.text.trimmingCharacters(in: .whitespacesAndNewlines), ""] }
    let seeds = experiment.seeds.map(String.init).joined(separator: ", ")
    let exceptions = experiment.arms.contains { $0.steps != nil } ? ", unless the table says otherwise" : ""
    lines += [
      "Every run had \(experiment.steps) environment steps\(exceptions); seeds \(seeds). The result of a run is the "
        + "mean of its last \(experiment.window) episodes. IQM is the interquartile mean over runs; intervals are 95 % "
        + "percentile bootstrap intervals over runs. Tengu \(version).", "",
    ]
    lines += [summaryTable, ""]
    let missing = experiment.runs.count - results.runs.count
    if missing > 0 { lines += ["**\(missing) of \(experiment.runs.count) runs are not finished.**", ""] }
    if !experiment.tests.isEmpty {
      lines += [
        "## Acceptance tests", "",
        "The interval over seeds decides: passed if all of it reaches the bar, failed if all of it misses the bar, else "
          + "undecided. Arms are compared seed by seed.", "", AcceptanceResults(results, bootstrap).table, "",
      ]
    }
    if let goals = GoalTable(results) { lines += ["## \(goals.title)", "", goals.text, ""] }
    if let pairs = BaselineTable(results, bootstrap) { lines += ["## \(pairs.title)", "", pairs.text, ""] }
    let evaluations = EvaluationTable(results, bootstrap)
    if !evaluations.isEmpty { lines += ["## Final policies", "", evaluations.summary, ""] }
    for plot in plots { lines += ["![\(plot.title)](\(plot.file))", ""] }
    lines += ["## Arms", ""]
    for arm in experiment.arms {
      let list = arm.overrides.map { "`\($0)`" }.joined(separator: ", ")
      lines.append("- **\(arm.title)** (\(arm.mode.rawValue)): \(list.isEmpty ? "nothing changed" : list)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A table with one line for each arm.
  private var summaryTable: String {
    let measure = experiment.measure
    let others = [Measure.success, .episodeReturn, .length].filter { $0 != measure }
    var rows = [
      ["arm", "runs", measure.rawValue, "95 %", "IQM", "95 %"] + others.map(\.rawValue)
        + ["captions asked", "steps"]
    ]
    for arm in experiment.arms {
      let summary = Summary(results.values(of: measure, arm), bootstrap: bootstrap)
      let means = others.map { Statistic.mean.value(of: results.values(of: $0, arm)) }
      let labels = Statistic.mean.value(of: results.values(of: .labels, arm))
      let steps = Statistic.mean.value(of: results.runs(of: arm).map { Double($0.last.step) })
      rows.append(
        [
          arm.title, "\(summary?.count ?? 0)", Self.number(summary?.mean), NumberText.interval(summary?.meanInterval),
          Self.number(summary?.interquartileMean), NumberText.interval(summary?.interquartileMeanInterval),
        ] + means.map(Self.number) + [labels, steps].map { $0.map { String(format: "%.0f", $0) } ?? "-" })
    }
    return TextTable(rows).markdown
  }

  private static func number(_ value: Double?) -> String { value.map { NumberText.short($0) } ?? "-" }
}
