import Foundation
import Testing

@testable import Configuration

/// The problems a text is refused for; empty if it is accepted.
private func problems(_ text: String) -> [String] {
  do {
    _ = try RunConfiguration(toml: text, fileName: "oni.toml")
    return []
  } catch {
    return error.problems
  }
}

@Suite struct ConfigurationParseTests {
  @Test func emptyTextGivesTheDefaults() throws {
    let configuration = try RunConfiguration(toml: "", fileName: "oni.toml")
    #expect(configuration == RunConfiguration())
    #expect(configuration.learner.batchSize == 512)
    #expect(configuration.environment.task == "NetHackScoreExtended")
  }

  @Test func everyKindOfValueIsRead() throws {
    let configuration = try RunConfiguration(
      toml: """
        [run]
        steps = 2_000_000
        [learner]
        learning_rate = 1  # an integer is a number too
        value_heads = "separate"
        batch_size = 2048
        [reward]
        normalise_extrinsic = true
        [environment]
        task = 'CaptionGrid'
        """, fileName: "oni.toml")
    #expect(configuration.run.steps == 2_000_000)
    #expect(configuration.learner.learningRate == 1)
    #expect(configuration.learner.valueHeads == .separate)
    #expect(configuration.learner.valueHeads.count == 2)
    #expect(configuration.learner.batchSize == 2048)
    #expect(configuration.reward.normaliseExtrinsic)
    #expect(configuration.environment.task == "CaptionGrid")
  }

  @Test func unknownFieldsNameFileLineAndNearestField() {
    #expect(
      problems("[learner]\nunroll_length = 32\nbatchsize = 1024\n")
        == ["oni.toml:3: unknown field \"learner.batchsize\"; did you mean \"learner.batch_size\"?"])
    #expect(
      problems("[worker]\nbatch_size = 1024\n")
        == ["oni.toml:2: unknown field \"worker.batch_size\"; did you mean \"learner.batch_size\"?"])
    #expect(problems("seed = 3\n") == ["oni.toml:1: unknown field \"seed\"; did you mean \"run.seed\"?"])
    #expect(problems("[run]\n\nwallpaper = 3\n") == ["oni.toml:3: unknown field \"run.wallpaper\""])
    #expect(problems("\n[learnr]\n") == ["oni.toml:2: unknown section \"learnr\""])
    #expect(
      problems("[learnr]\ndiscount = 0.9") == [
        "oni.toml:2: unknown field \"learnr.discount\"; did you mean \"learner.discount\"?"
      ])
  }

  @Test func wrongTypesAreRefused() {
    #expect(
      problems("[run]\nsteps = \"many\"") == [
        "oni.toml:2: \"run.steps\": expected an integer from 1 to 2^63-1, found a value of type string"
      ])
    #expect(problems("[run]\nsteps = 1.5").first?.contains("found a value of type floating-point number") == true)
    #expect(problems("[reward]\nnormalise_extrinsic = 1").first?.contains("expected true or false") == true)
    #expect(problems("[learner.batch_size]\nx = 1").first?.hasPrefix("oni.toml:1: ") == true)
    #expect(problems("learner = 3") == ["oni.toml:1: \"learner\" must be a table"])
    #expect(problems("[[learner]]\nbatch_size = 1024") == ["oni.toml:1: \"learner\" must be a table"])
  }

  @Test func valuesOutOfRangeAreRefused() {
    #expect(
      problems("[learner]\ndiscount = 1.5") == [
        "oni.toml:2: \"learner.discount\": expected a number from 0 to 1, found 1.5"
      ])
    #expect(
      problems("[network]\nrecurrent = \"rnn\"") == [
        "oni.toml:2: \"network.recurrent\": expected \"gru\" or \"lstm\" or \"min_gru\" or \"none\", found \"rnn\""
      ])
    for value in ["nan", "inf", "-1.0"] { #expect(problems("[learner]\nlearning_rate = \(value)").count == 1) }
    #expect(problems("[environment]\ntask = \"\"").count == 1)
    #expect(problems("[environment]\ntask = \"a\\nb\"").count == 1)
    for address in ["", "localhost", ":1", "host:", "host:65536", "host:1x", "a b:1", "::1:0"] {
      #expect(problems("[transport]\nlisten = \"\(address)\"").count == 1, "\(address)")
    }
    for address in ["127.0.0.1:0", "[::1]:5555", "*:65535", "node-1.example:5555"] {
      #expect(problems("[transport]\nlisten = \"\(address)\"").isEmpty, "\(address)")
    }
  }

  @Test func allProblemsAreReportedInTheFilesOrder() {
    let found = problems("[worker]\nthread = 1\n[learner]\ndiscount = 2.0\n[run]\nseed = -1\n")
    #expect(found.map { $0.prefix(11) } == ["oni.toml:2:", "oni.toml:4:", "oni.toml:6:"])
  }

  @Test func syntaxErrorsNameTheLine() {
    let found = problems("[run]\nseed = 1\nsteps = = 3\n")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("oni.toml:3: ") == true)
    #expect(problems("[run]\nseed = 1\nseed = 2\n").first?.hasPrefix("oni.toml:3: ") == true)
  }

  @Test func unreadableFilesAreNamed() throws {
    #expect {
      try RunConfiguration.load(file: "/nonexistent/oni.toml")
    } throws: {
      "\($0)" == "/nonexistent/oni.toml: cannot be read: No such file or directory"
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "configuration-\(UUID()).toml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data([0x61, 0xFF, 0xFE]).write(to: file)
    #expect { try RunConfiguration.load(file: file.path) } throws: { "\($0)".hasSuffix(": not UTF-8 text") }
    try Data("[run]\nseed = 1\0\nsteps = 2".utf8).write(to: file)
    #expect { try RunConfiguration.load(file: file.path) } throws: { "\($0)".hasSuffix(": contains a zero byte") }
  }
}
