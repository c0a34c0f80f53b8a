import Configuration
import Foundation
import LanguageModelClient
import TestSupport
import Testing

@testable import Launcher

/// A resumed run is the same run.
@Suite struct ResumeTests {
  private static let configuration = "[environment]\ntask = \"CaptionGrid\"\n[annotator]\nkind = \"llm\"\n"
  private let fixture: LaunchFixture
  private var folder: TemporaryDirectory { fixture.folder }

  init() throws { fixture = try LaunchFixture(Self.configuration) }

  private func plan(_ change: (inout LaunchOptions) -> Void) throws -> LaunchPlan { try fixture.plan(change) }

  /// A run that was launched with these options.
  private func launched(_ name: String, _ change: (inout LaunchOptions) -> Void) throws -> LaunchPlan {
    let plan = try plan {
      $0.configuration = "grid.toml"
      $0.name = name
      change(&$0)
    }
    try folder.write(Self.configuration, to: "runs/\(name)/config.toml")
    try plan.record.write(plan.run)
    return plan
  }

  private func resumed(_ name: String, _ change: (inout LaunchOptions) -> Void = { _ in }) throws -> LaunchPlan {
    try plan {
      $0.name = name
      $0.resume = "auto"
      change(&$0)
    }
  }

  @Test func everythingThatShapedTheRunIsTakenAgain() throws {
    try folder.write("", to: "keys/learner.secret")
    let key = try folder.write("sk-1", to: "llm.key")
    #expect(chmod(key, 0o600) == 0)
    let first = try launched("one") {
      $0.workers = 3
      $0.key = "keys/learner.secret"
      $0.languageModel.urls = ["http://gpu-box:8000"]
      $0.languageModel.model = "Qwen/Qwen2.5-7B-Instruct"
      $0.languageModel.keyFile = "llm.key"
      $0.languageModel.prompt = "tagged"
    }
    let again = try resumed("one")
    #expect(again.workers == 3 && again.record == first.record)
    #expect(again.languageModel.choice == first.languageModel.choice && again.languageModel.server == nil)
    #expect(again.keys?.own == "\(folder.path)/keys/learner.secret")
    let text = try String(contentsOfFile: "\(folder.path)/runs/one/launch.json", encoding: .utf8)
    #expect(!text.contains("sk-1"))
  }

  @Test func whatIsGivenAgainCountsAndIsRecorded() throws {
    _ = try launched("two") {
      $0.workers = 3
      $0.languageModel.urls = ["http://gpu-box:8000"]
      $0.languageModel.model = "large"
      $0.languageModel.prompt = "tagged"
    }
    let other = try resumed("two") {
      $0.workers = 1
      $0.languageModel.urls = ["http://other:8000"]
    }
    #expect(other.workers == 1 && other.record.workers == 1)
    #expect(other.languageModel.choice.urls == ["http://other:8000"])
    #expect(other.languageModel.choice.model == nil, "the model belongs to the old server")
    #expect(other.languageModel.choice.prompt == "tagged")
    let model = try folder.write("GGUF", to: "m.gguf")
    let served = try resumed("two") { $0.servedModel = "m.gguf" }
    #expect(served.languageModel.server?.model == model && served.record.languageModel.urls == [])
    let rules = try resumed("two") { $0.annotator = "rules" }
    #expect(rules.languageModel.server == nil && rules.record.languageModel == LanguageModelChoice())
  }

  @Test func aMisspeltRunIsNotANewOne() throws {
    _ = try launched("nethack-long") { _ in }
    #expect {
      try resumed("nethack-lomg")
    } throws: { error in
      let error = error as? LauncherError
      return error?.kind == .usage && error?.description.contains("did you mean \"nethack-long\"?") == true
    }
    #expect {
      try resumed("quite-another")
    } throws: { "\($0)".contains("the newest there: nethack-long") }
    let new = try resumed("nethack-lomg") { $0.configuration = "grid.toml" }
    #expect(new.notice == "there is no run nethack-lomg yet; it begins now")
  }

  @Test func aFolderWithoutARunAndADamagedRecordAreNamed() throws {
    try folder.write("", to: "runs/empty/learner.log")
    #expect { try resumed("empty") } throws: { "\($0)".contains("no run ever began there") }
    _ = try launched("damaged") { _ in }
    try folder.write("{", to: "runs/damaged/launch.json")
    #expect { try resumed("damaged") } throws: {
      "\($0)".contains("cannot read \(folder.path)/runs/damaged/launch.json")
    }
  }

  @Test func theLineThatContinuesARunCanBePasted() throws {
    let run = RunFolder(path: "/runs/one")
    #expect(fixture.installation.continuation(of: run) == "/opt/tengu launch --name one --resume auto")
    try folder.write("", to: "scripts/launch.sh")
    #expect(fixture.installation.continuation(of: run) == "scripts/launch.sh --name one --resume auto")
    let elsewhere = Installation(
      environment: ["TENGU_HOME": folder.path, "TENGU_RUNS": "my runs"], workingDirectory: "/tmp", launcher: "tengu")
    #expect(
      elsewhere.continuation(of: run)
        == "TENGU_RUNS='/tmp/my runs' \(folder.path)/scripts/launch.sh --name one --resume auto")
    #expect(shellText(["it's", "", "a=b"]) == "'it'\\''s' '' a=b")
  }

  @Test func aWrongServerIsRefusedBeforeTheRunStarts() throws {
    func refusal(_ change: (inout LaunchOptions) -> Void) throws -> any Error {
      try #require(throws: (any Error).self) {
        try plan {
          $0.configuration = "grid.toml"
          change(&$0)
        }
      }
    }
    #expect(try refusal { $0.languageModel.urls = ["gpu-box:8000"] } is ClientError)
    #expect("\(try refusal { $0.languageModel.urls = ["http://u:hush@gpu-box"] })".contains("hush") == false)
    let key = try refusal {
      $0.languageModel.urls = ["http://gpu-box"]
      $0.languageModel.keyFile = "nowhere.key"
    }
    #expect("\(key)".contains("\(folder.path)/nowhere.key"))
    #expect("\(try refusal { $0.languageModel.prompt = "defualt" })".contains("not one of default"))
    #expect("\(try refusal { $0.languageModel.prompt = "my.md" })".contains("\(folder.path)/my.md"))
  }

  @Test func aServerThatDoesNotAnswerIsAnErrorUnlessItMayComeLater() async throws {
    let options = { (options: inout LaunchOptions) in
      options.configuration = "grid.toml"
      // The discard port of this machine.
      options.languageModel.urls = ["http://127.0.0.1:9"]
    }
    let refused = try plan(options)
    await #expect {
      try await refused.checkLanguageModel()
    } throws: { error in
      (error as? LauncherError)?.kind == .unavailable && "\(error)".contains("http://127.0.0.1:9: ")
        && "\(error)".contains("--llm-later")
    }
    let later = try plan {
      options(&$0)
      $0.awaitsLanguageModel = true
    }
    #expect(try await later.checkLanguageModel() == [])
  }
}
