import Evaluation
import Runtime
import Statistics

/// The verdicts of an experiment's acceptance tests on the runs that are finished.
struct AcceptanceResults {
  /// What the finished runs say about one test.
  struct Line {
    let test: AcceptanceTest
    /// One number for each seed of which all runs are finished.
    let values: [Double]
    /// nil for fewer than two seeds.
    let interval: ConfidenceInterval?
    /// nil if nothing is known: an interval needs two seeds.
    let verdict: BarVerdict?
  }

  let lines: [Line]

  init(_ results: ExperimentResults, _ bootstrap: Bootstrap = Bootstrap()) {
    lines = results.experiment.tests.map { test in
      let values = Self.values(of: test, results)
      let interval = bootstrap.interval(of: .mean, values)
      let verdict = interval.map { interval in
        switch test.bar {
        case .atLeast(let bar): BarVerdict(interval, atLeast: bar)
        case .atMost(let bar): BarVerdict(interval, atMost: bar)
        }
      }
      return Line(test: test, values: values, interval: interval, verdict: verdict)
    }
  }

  /// Names of the arms that more seeds are needed of.
  var undecidedArms: Set<String> {
    Set(lines.filter { $0.verdict == .undecided }.flatMap { [$0.test.arm] + ($0.test.against.map { [$0] } ?? []) })
  }

  /// The number of each seed that has all runs of the test.
  private static func values(of test: AcceptanceTest, _ results: ExperimentResults) -> [Double] {
    let measure = test.measure ?? results.experiment.measure
    func value(_ arm: String, _ seed: Int) -> Double? {
      results.runs.first { $0.run.arm.name == arm && $0.run.seed == seed }?.value(of: measure)
    }
    return results.experiment.everySeed.compactMap { seed in
      guard let own = value(test.arm, seed) else { return nil }
      guard let against = test.against else { return own }
      return value(against, seed).map { own - test.factor * $0 }
    }
  }

  /// A Markdown table with one line for each test.
  var table: String {
    let rows = lines.map { line in
      [
        line.test.row, line.test.title, "\(line.values.count)",
        Statistic.mean.value(of: line.values).map { NumberText.short($0) } ?? "-", NumberText.interval(line.interval),
        line.test.bar.text, line.verdict.map { "**\($0.rawValue)**" } ?? "not run",
      ]
    }
    return TextTable(
      [["row", "requirement", "seeds", "measured", "95 %", "bar", "verdict"]] + rows, textColumns: [0, 1, 5, 6]
    ).markdown
  }

  /// One line for each test, for a terminal.
  var summary: [String] {
    lines.map { line in
      let name = line.test.row.isEmpty ? line.test.title : "row \(line.test.row): \(line.test.title)"
      guard let verdict = line.verdict, let mean = Statistic.mean.value(of: line.values) else {
        return "not run    \(name)"
      }
      let measured = "\(NumberText.short(mean)) (\(NumberText.interval(line.interval))), \(line.test.bar.text)"
      return "\(verdict.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0)) \(name): \(measured)"
    }
  }
}

extension AcceptanceTest.Bar {
  var text: String {
    switch self {
    case .atLeast(let bar): "at least \(NumberText.short(bar))"
    case .atMost(let bar): "at most \(NumberText.short(bar))"
    }
  }
}
