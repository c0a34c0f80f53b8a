import Foundation
import Testing

@testable import Configuration

private func problems(_ overrides: [String]) -> [String] {
  do {
    _ = try RunConfiguration.load(file: nil, overrides: overrides)
    return []
  } catch {
    return error.problems
  }
}

@Suite struct ConfigurationOverrideTests {
  @Test func theCommandLineWinsOverTheFileAndTheFileOverTheDefaults() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "configuration-\(UUID()).toml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("[run]\nseed = 7\nsteps = 70\n".utf8).write(to: file)
    let configuration = try RunConfiguration.load(file: file.path, overrides: ["run.seed=8", "run.seed=9"])
    #expect(configuration.run.seed == 9)
    #expect(configuration.run.steps == 70)
    #expect(configuration.learner == LearnerSection())
  }

  @Test func valuesNeedNoQuotes() throws {
    let configuration = try RunConfiguration.load(
      file: nil,
      overrides: [
        "environment.task=\"CaptionGrid\"", "run.steps=1_000", "learner.learning_rate=1e-3",
        "reward.normalise_extrinsic=true", "network.recurrent=lstm",
      ])
    #expect(configuration.environment.task == "CaptionGrid")
    #expect(configuration.run.steps == 1000)
    #expect(configuration.learner.learningRate == 1e-3)
    #expect(configuration.reward.normaliseExtrinsic)
    #expect(configuration.network.recurrent == .lstm)
  }

  @Test func mistakesNameTheFieldAndTheNearestOne() {
    #expect(
      problems(["learner.batchsize=3"]) == [
        "command line: unknown field \"learner.batchsize\"; did you mean \"learner.batch_size\"?"
      ])
    #expect(
      problems(["learner.batch_size"]) == [
        "command line: \"learner.batch_size\" is neither a command nor section.field=value"
      ])
    #expect(
      problems(["run.steps=1e6"]) == [
        "command line: \"run.steps\": expected an integer from 1 to 2^63-1, found \"1e6\""
      ])
    for wrong in ["run.steps=", "run.steps=99999999999999999999", "learner.discount=nan", "run.seed=-1", "=", "a=b"] {
      #expect(problems([wrong]).count == 1, "\(wrong)")
    }
    #expect(problems(["run.sed=1", "run.stepz=1"]).count == 2)
  }

  @Test(arguments: [
    ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("batchsize", "batch_size", 1), ("ab", "ba", 2),
  ])
  func editDistance(first: String, second: String, expected: Int) {
    #expect(NearestName.distance(first, second) == expected)
    #expect(NearestName.distance(second, first) == expected)
  }
}
