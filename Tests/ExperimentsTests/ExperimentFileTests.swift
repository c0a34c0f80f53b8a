import Configuration
import Foundation
import TestSupport
import Testing

@testable import Experiments

@Suite struct ExperimentFileTests {
  private func problems(_ change: (String) -> String) throws -> String {
    let folder = try TemporaryDirectory()
    do {
      _ = try Sample.experiment(in: folder, change)
      return "no problem"
    } catch let error as ConfigurationError {
      return error.description
    }
  }

  @Test func aFileDescribesEveryRun() throws {
    let folder = try TemporaryDirectory()
    let experiment = try Sample.experiment(in: folder)
    #expect(experiment.name == "sample" && experiment.title == "A title")
    #expect(experiment.steps == 1000 && experiment.seeds == [1, 2] && experiment.window == 10)
    #expect(experiment.measure == .success)
    #expect(experiment.arms.map(\.title) == ["extrinsic only", "paid"])
    #expect(experiment.runs.map(\.name) == ["plain-s1", "paid-s1", "plain-s2", "paid-s2"])
    let configuration = try experiment.runs[3].configuration()
    #expect(configuration.run.seed == 2 && configuration.run.steps == 1000)
    #expect(configuration.telemetry.episodes == 10 && configuration.telemetry.intervalSteps == 250)
    #expect(configuration.learner.learningRate == 1e-3 && configuration.network.hiddenSize == 32)
    #expect(configuration.annotator.kind == .oracle)
    #expect(try experiment.runs[0].configuration().annotator.kind == .none)
  }

  @Test func theSmallVersionHasItsOwnSizes() throws {
    let experiment = try Sample.experiment(in: try TemporaryDirectory(), size: .smoke)
    #expect(experiment.name == "sample-smoke")
    #expect(experiment.steps == 100 && experiment.seeds == [7] && experiment.window == 10)
  }

  /// The small version runs what the tests compare, and what that starts from.
  @Test func theSmallVersionDecidesAndLeavesOutTheRest() throws {
    let folder = try TemporaryDirectory()
    let text = "baseline = \"plain\"\n" + Sample.text.replacing("[smoke]", with: "[small]\nseeds = 4\n\n[smoke]")
    let test =
      "\n[[arm]]\nname = \"later\"\nstart = \"paid\"\n[[test]]\ntitle = \"wins\"\narm = \"later\"\nat_least = 0.5\n"
    let experiment = try Sample.experiment(in: folder, size: .small) { _ in text + test }
    #expect(experiment.name == "sample-small" && experiment.arms.map(\.name) == ["paid", "later"])
    #expect(experiment.seeds == [1, 2, 3, 4] && experiment.steps == 1000 && experiment.baseline == nil)
    #expect {
      try Sample.experiment(in: folder, size: .small)
    } throws: {
      "\($0)".contains("there is no [[test]], so there is no small version")
    }
  }

  @Test func anArmMayStartWhereAnotherEnded() throws {
    let folder = try TemporaryDirectory()
    let started = "\nsteps = 2500\nstart = \"plain\""
    let experiment = try Sample.experiment(in: folder) { $0 + started }
    let run = experiment.runs[3]
    #expect(run.steps == 2500 && run.start == experiment.runs[2] && run.start?.steps == 1000)
    #expect(try run.configuration().run.steps == 2500)
    #expect(experiment.runs[2].start == nil)
    let small = try Sample.experiment(in: folder, size: .smoke) { $0 + started }
    #expect(small.runs.map(\.steps) == [100, 250])
    #expect(try problems { $0 + "\nstart = \"paid\"" }.contains("arm paid: \"start\" names no serial arm before it"))
    #expect(try problems { $0.replacing("[all]", with: "[all]") + "\nsteps = 0" }.contains("\"steps\" must be"))
  }

  @Test func anExperimentStatesWhatItDecides() throws {
    let folder = try TemporaryDirectory()
    let experiment = try Sample.experiment(in: folder) {
      "maximum_seeds = 5\n" + $0 + Sample.test("paid", against: "plain", atLeast: 0.25)
        + "\n[[test]]\nrow = \"7\"\ntitle = \"never wins\"\narm = \"plain\"\nat_most = 0\n"
    }
    #expect(experiment.seeds == [1, 2] && experiment.furtherSeeds == [3, 4, 5] && experiment.runs.count == 4)
    #expect(
      experiment.tests == [
        AcceptanceTest(
          row: "", title: "wins more", arm: "paid", against: "plain", factor: 1, bar: .atLeast(0.25)),
        AcceptanceTest(row: "7", title: "never wins", arm: "plain", against: nil, factor: 1, bar: .atMost(0)),
      ])
    let test = Sample.test("paid", against: "plain", atLeast: 1)
    #expect(try problems { $0 + test.replacing("\"plain\"", with: "\"plane\"") }.contains("there is no arm \"plane\""))
    #expect(try problems { $0 + test + "at_most = 2\n" }.contains("it needs \"at_least\" or \"at_most\", one of them"))
    #expect(try problems { $0 + test.replacing("against", with: "agianst") }.contains("unknown key \"agianst\""))
    #expect(
      try problems { $0 + test.replacing("against = \"plain\"", with: "factor = 2.0") }.contains("\"factor\" is of"))
    #expect(try problems { $0 + test.replacing("1.0", with: "\"much\"") }.contains("\"at_least\" must be a number"))
    #expect(try problems { $0 + test.replacing("title", with: "row") }.contains("needs a \"title\""))
  }

  @Test func mistakesAreNamedWithTheirPlace() throws {
    #expect(try problems { $0 } == "no problem")
    #expect(try problems { $0.replacing("steps = 1000", with: "") }.contains("sample.toml: \"steps\" is missing"))
    #expect(try problems { $0.replacing("seeds = 2", with: "seeds = 0") }.contains("\"seeds\""))
    #expect(try problems { $0.replacing("seeds = 2", with: "seeds = [1, 1]") }.contains("different whole numbers"))
    #expect(try problems { "colour = 1\n" + $0 }.contains("unknown key \"colour\""))
    #expect(try problems { $0.replacing("points", with: "measure = \"joy\"\npoints") }.contains("not \"joy\""))
    #expect(try problems { $0.replacing("\"paid\"", with: "\"plain\"") }.contains("two arms are called \"plain\""))
    #expect(try problems { $0.replacing("\"paid\"", with: "\"a/b\"") }.contains("name of a run"))
    #expect(try problems { $0 + "\ncount = 3" }.contains("\"count\" is neither a known key"))
    #expect(try problems { $0 + "\nreward.modle = \"none\"" }.contains("arm paid: experiment sample: unknown field"))
    #expect(try problems { $0 + "\nreward.model = \"joy\"" }.contains("arm paid"))
    #expect(try problems { $0.replacing("base.toml", with: "nowhere.toml") }.contains("nowhere.toml"))
    #expect(try problems { _ in "steps = " }.contains("sample.toml:1"))
    #expect(throws: ConfigurationError.self) { try ExperimentFile.load("no-such-experiment") }
  }

  /// What is shipped can be run, in both sizes.
  @Test func shippedExperimentsAreValid() throws {
    let folder = Sample.root.appending(path: ExperimentFile.folder).path
    let experiments = try ExperimentFile.all(in: folder)
    #expect(experiments.count >= 5)
    for experiment in experiments {
      for size in ExperimentSize.allCases where size != .small || !experiment.tests.isEmpty {
        let loaded = try ExperimentFile.load("\(folder)/\(experiment.name).toml", size: size)
        for run in loaded.runs { _ = try run.configuration() }
      }
      #expect(!experiment.title.isEmpty && !experiment.text.isEmpty, "\(experiment.name)")
    }
  }
}
