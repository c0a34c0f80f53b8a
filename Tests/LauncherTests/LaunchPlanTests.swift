import Configuration
import Foundation
import TestSupport
import Testing

@testable import Launcher

@Suite struct LaunchPlanTests {
  private let fixture: LaunchFixture
  private var folder: TemporaryDirectory { fixture.folder }

  init() throws { fixture = try LaunchFixture("[environment]\ntask = \"CaptionGrid\"\n") }

  private func plan(_ change: (inout LaunchOptions) -> Void) throws -> LaunchPlan {
    try fixture.plan {
      $0.configuration = "grid.toml"
      change(&$0)
    }
  }

  @Test func aRunIsNamedAfterItsConfigurationAndTheTime() throws {
    let plan = try plan { _ in }
    #expect(plan.run.name.wholeMatch(of: /grid-[0-9]{8}-[0-9]{6}/) != nil)
    #expect(plan.run.path == "\(folder.path)/runs/\(plan.run.name)")
    #expect(plan.annotator == .rules)
    #expect(plan.languageModel.server == nil)
    #expect(plan.missing == [])
  }

  @Test func aGameThatIsNotInstalledIsMissing() throws {
    for (task, parts) in [("NetHackScore", ["game"]), ("minihack:Room-5x5", ["game", "levels"])] {
      let files = ["game": ["libnethack.so", "nhdat"], "levels": ["levels/lev_comp", "levels/dungeon"]]
      try folder.write("[environment]\ntask = \"\(task)\"\n", to: "game.toml")
      try? FileManager.default.removeItem(atPath: "\(folder.path)/.deps")
      for part in parts {
        #expect(try plan { $0.configuration = "game.toml" }.missing == ["nethack"])
        for file in files[part] ?? [] { try folder.write("", to: ".deps/nethack/\(file)") }
      }
      #expect(try plan { $0.configuration = "game.toml" }.missing == [])
    }
  }

  @Test func theLearnerReceivesEveryOption() throws {
    try folder.write("", to: "keys/learner.secret")
    let plan = try plan {
      $0.name = "one"
      $0.steps = 500
      $0.resume = "runs/other/checkpoints/step-1"
      $0.key = "keys/learner.secret"
      $0.annotator = "rules"
      $0.overrides = ["run.seed=7"]
    }
    let path = folder.path
    #expect(
      plan.learnerArguments == [
        "learner", "--config", "\(path)/grid.toml", "--name", "one", "--runs", "\(path)/runs",
        "--key", "\(path)/keys/learner.secret", "--allow", "\(path)/keys",
        "--resume", "\(path)/runs/other/checkpoints/step-1", "--steps", "500", "run.seed=7", "annotator.kind=rules",
      ])
  }

  @Test func theNewestRunIsResumedWithItsOwnConfiguration() throws {
    try folder.write("", to: "runs/earlier/learner.log")
    let own = try folder.write("[environment]\ntask = \"CaptionGrid\"\n", to: "runs/earlier/config.toml")
    let plan = try plan {
      $0.configuration = nil
      $0.resume = "auto"
    }
    #expect(plan.run.name == "earlier")
    #expect(plan.learnerArguments.starts(with: ["learner", "--config", own, "--name", "earlier"]))
  }

  @Test func aModelIsServedHereUnlessAServerIsNamed() throws {
    let small = try plan { $0.annotator = "llm" }
    #expect(small.languageModel.server == ModelServerOptions())
    #expect(small.languageModel.choice.prompt == "few-shot", "the small model continues examples")
    #expect(small.learnerArguments.last == "language_model.prompt=few-shot", "the learner knows it")
    let chosen = try plan {
      $0.annotator = "llm"
      $0.overrides = ["language_model.prompt=tagged"]
    }
    #expect(chosen.languageModel.choice.prompt == nil, "a chosen prompt stays")
    let model = try folder.write("GGUF", to: "large.gguf")
    let large = try plan {
      $0.annotator = "layered"
      $0.servedModel = "large.gguf"
    }
    #expect(large.languageModel.server == ModelServerOptions(model: model))
    #expect(large.languageModel.choice.prompt == nil)
    let key = try folder.write("sk-1", to: "key")
    #expect(chmod(key, 0o600) == 0)
    let remote = try plan {
      $0.annotator = "llm"
      $0.languageModel.urls = ["http://gpu-box:8000"]
      $0.languageModel.keyFile = "key"
    }
    #expect(remote.languageModel.server == nil)
    #expect(
      remote.languageModel.choice.arguments == [
        "--llm-url", "http://gpu-box:8000", "--llm-key-file", "\(folder.path)/key",
      ])
  }

  @Test func aModelInTheAnnotatorNeedsNoServer() throws {
    let file = try folder.write("GGUF", to: "own.gguf")
    let plan = try plan {
      $0.annotator = "llm"
      $0.languageModel.file = "own.gguf"
    }
    #expect(plan.languageModel.server == nil)
    #expect(plan.languageModel.choice.arguments == ["--llm-file", file])
    let configured = try self.plan {
      $0.annotator = "llm"
      $0.overrides = ["language_model.file=own.gguf"]
    }
    #expect(configured.languageModel.server == nil && configured.languageModel.choice.isEmpty)
    #expect(throws: LauncherError("cannot read the model \(folder.path)/nowhere.gguf", .usage)) {
      try self.plan {
        $0.annotator = "llm"
        $0.languageModel.file = "nowhere.gguf"
      }
    }
  }

  @Test func optionsOfALanguageModelNeedAnAnnotatorThatAsksOne() {
    #expect(throws: LauncherError.self) { try plan { $0.languageModel.model = "any" } }
    #expect(throws: LauncherError("cannot read the model \(folder.path)/nowhere.gguf", .usage)) {
      try plan {
        $0.annotator = "llm"
        $0.servedModel = "nowhere.gguf"
      }
    }
  }

  @Test func mistakesInTheConfigurationAreFoundBeforeAnythingStarts() throws {
    try folder.write("[learner]\nlearning_rte = 1e-3\n", to: "broken.toml")
    #expect(throws: ConfigurationError.self) { try plan { $0.configuration = "broken.toml" } }
  }

  @Test func aServerStatesWhatIsWrongWithItsFiles() throws {
    let text = try folder.write("PK", to: "model.gguf")
    #expect(throws: LauncherError("\(text) is not a GGUF file")) {
      try ModelServer(ModelServerOptions(model: "model.gguf"), in: fixture.installation)
    }
    try folder.write("\nsecret\n", to: "empty.key")
    #expect(throws: LauncherError("the first line of \(folder.path)/empty.key is empty; write the key there")) {
      var options = ModelServerOptions()
      options.keyFile = "empty.key"
      _ = try ModelServer(options, in: fixture.installation)
    }
  }

  @Test func relayedLinesBearTheNameOfTheirPeer() throws {
    let file = "\(folder.path)/shown"
    let target = try openForWriting(file, O_TRUNC)
    defer { close(target) }
    let relay = try LineRelay(name: "mars-1", to: target)
    writeAll(Array("one\ntw".utf8), to: relay.writer)
    relay.pump()
    writeAll(Array("o\n".utf8), to: relay.writer)
    relay.pump()
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mars-1 | one\nmars-1 | two\n")
  }
}
