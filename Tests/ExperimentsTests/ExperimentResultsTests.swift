import Evaluation
import Foundation
import TestSupport
import Testing

@testable import Experiments

@Suite struct ExperimentResultsTests {
  @Test func aCurveTakesTheFirstRecordOfEachPoint() {
    let records = [90, 100, 130, 205, 210, 460, 500].map { Sample.record($0, success: Double($0)) }
    let curve = LearningCurve(records, every: 100, total: 500)
    #expect(curve.steps == [100, 200, 300, 400, 500])
    #expect(curve.records.map { $0?.step } == [100, 205, nil, 460, 500])
  }

  @Test func aShortRestIsNoPoint() {
    #expect(LearningCurve([], every: 30, total: 100).steps == [30, 60, 100])
    #expect(LearningCurve([], every: 200, total: 100).steps == [100])
  }

  private func results(of experiment: Experiment) -> ExperimentResults {
    let final: [String: Double] = ["plain-s1": 0, "plain-s2": 0.25, "paid-s1": 1, "paid-s2": 0.5]
    let runs = experiment.runs.map { run in
      let records = [250, 500, 750, 1000].map {
        Sample.record($0, success: (final[run.name] ?? 0) * Double($0) / 1000, labels: run.arm.name == "paid" ? 8 : 0)
      }
      return RunResult(
        run: run, last: records[3],
        curve: LearningCurve(records, every: experiment.stepsPerPoint, total: experiment.steps))
    }
    return ExperimentResults(experiment: experiment, runs: runs)
  }

  @Test func tablesHaveALineARunAndALineAPoint() throws {
    let results = results(of: try Sample.experiment(in: try TemporaryDirectory()))
    #expect(
      results.resultsTable == """
        arm,seed,steps,success,return,length,intrinsic,labels,captions,lag
        plain,1,1000,0.0,0.0,,,1.0,,2.5
        paid,1,1000,1.0,1.0,,,9.0,,2.5
        plain,2,1000,0.25,0.25,,,1.0,,2.5
        paid,2,1000,0.5,0.5,,,9.0,,2.5

        """)
    let lines = results.curvesTable.split(separator: "\n")
    #expect(lines.count == 1 + 4 * 4)
    #expect(lines[5] == "paid,1,250,0.25,0.25,,,9.0,,1.0")
  }

  /// Runs of the arm "paid" reach .5 after 500 and 1000 steps, those of "plain" never.
  @Test func theGoalsTableHasTheFirstPointOfEachRun() throws {
    let experiment = try Sample.experiment(in: try TemporaryDirectory()) { "goal = 0.5\n" + $0 }
    let table = try #require(GoalTable(results(of: experiment)))
    #expect(table.title == "Steps until success is 0.500")
    let lines = table.text.split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(lines[2].dropFirst() == ["0 of 2", "-", "-", "-, -"])
    #expect(lines[3].dropFirst() == ["2 of 2", "750", "-", "500, 1000"])
    let plain = try Sample.experiment(in: try TemporaryDirectory())
    #expect(GoalTable(results(of: plain)) == nil)
  }

  @Test func finalPoliciesStandSideBySide() throws {
    let folder = try TemporaryDirectory()
    let experiment = try Sample.experiment(in: folder) { "evaluate = 1\n" + $0 }
    let scores: [String: Double] = ["plain-s1": 1, "plain-s2": 2, "paid-s1": 30, "paid-s2": 50]
    let runs = try results(of: experiment).runs.map { result in
      var result = result
      let text = try Sample.evaluation(score: scores[result.run.name] ?? 0)
      result.evaluation = try JSONDecoder().decode(EvaluationReport.self, from: Data(text.utf8))
      return result
    }
    let output = ExperimentFolder(path: folder.path)
    try ExperimentReport(ExperimentResults(experiment: experiment, runs: runs), in: output, version: "1").write()
    #expect(
      try folder.read("evaluations.csv") == """
        arm,seed,episodes,score
        plain,1,1,1.0
        paid,1,1,30.0
        plain,2,1,2.0
        paid,2,1,50.0

        """)
    let page = try folder.read("report.md")
    #expect(page.contains("| score   | 1.50 (1.00 ... 2.00) | 40.0 (30.0 ... 50.0) |"), "\(page)")
    #expect(page.contains("\n- extrinsic only: starved 100 %\n"))
  }

  @Test func armsAreComparedSeedBySeed() throws {
    let folder = try TemporaryDirectory()
    let experiment = try Sample.experiment(in: folder) { "baseline = \"plain\"\n" + $0 }
    try ExperimentReport(results(of: experiment), in: ExperimentFolder(path: folder.path), version: "1").write()
    let page = try folder.read("report.md")
    #expect(page.contains("## Compared with extrinsic only"))
    #expect(page.contains("| paid |     2 |      0.625 | 0.250 ... 1.00 |     2 |     0 |"), "\(page)")
    #expect {
      try Sample.experiment(in: folder) { "baseline = \"none\"\n" + $0 }
    } throws: {
      "\($0)".contains("sample.toml: \"baseline\" names no arm: \"none\"")
    }
  }

  @Test func theReportShowsEveryArmWithItsInterval() throws {
    let folder = try TemporaryDirectory()
    let experiment = try Sample.experiment(in: folder)
    let output = ExperimentFolder(path: folder.path)
    try ExperimentReport(results(of: experiment), in: output, version: "1.2.3").write()
    let page = try folder.read("report.md")
    #expect(page.contains("| extrinsic only |    2 |   0.125 | 0.000 ... 0.250 |"), "\(page)")
    #expect(page.contains("| paid           |    2 |   0.750 |  0.500 ... 1.00 |"), "\(page)")
    #expect(page.contains("Tengu 1.2.3") && page.contains("(labels.svg)"))
    #expect(!page.contains("not finished"))
    for file in ["curves.svg", "results.svg", "labels.svg"] {
      let picture = try folder.read(file)
      #expect(picture.hasPrefix("<svg") && picture.hasSuffix("</svg>\n"))
      #expect(picture.contains("extrinsic only") && !picture.contains("nan"))
    }
    let before = try folder.read("curves.svg")
    try ExperimentReport(results(of: experiment), in: output, version: "1.2.3").write()
    #expect(try folder.read("curves.svg") == before)
  }

  @Test func aReportWithoutRunsSaysSo() throws {
    let folder = try TemporaryDirectory()
    let experiment = try Sample.experiment(in: folder)
    try ExperimentReport(of: experiment, in: ExperimentFolder(path: folder.path), version: "0").write()
    #expect(try folder.read("report.md").contains("4 of 4 runs are not finished"))
    #expect(try folder.read("results.svg").contains("no finished run"))
  }

  @Test func whatIsWrittenIntoPicturesIsEscaped() {
    var canvas = PlotCanvas(width: 10, height: 10)
    canvas.text("a < b & \"c\"", x: 0, y: 0)
    #expect(canvas.svg.contains("a &lt; b &amp; &quot;c&quot;"))
  }
}
