import Captions
import Configuration
import GameRules
import Testing

@testable import Assembly

struct ExpectedOriginTests {
  private func expected(
    principle: String = "", _ change: (inout RunConfiguration) -> Void
  ) throws -> ExpectedOrigin {
    var configuration = RunConfiguration()
    configuration.environment.task = "CaptionGrid"
    change(&configuration)
    return try RunPlan(unchecked: configuration).expectedOrigin(principle: principle)
  }

  @Test func rulesAreKnownBeforeTheyAnswer() throws {
    let rules = RuleAnnotator()
    #expect(
      try expected { $0.annotator.kind = .rules }
        == .exactly(LabelOrigin(kind: rules.kind, version: rules.version)))
    #expect(try expected { $0.annotator.kind = .none } == .unknown)
  }

  @Test func ofALanguageModelEverythingIsKnownButItsName() throws {
    guard case .beginning("llm", let version) = try expected({ $0.annotator.kind = .llm }) else {
      Issue.record("not the beginning of a version")
      return
    }
    #expect(version.hasPrefix("default@") && version.hasSuffix(" "))
    let named = try expected {
      $0.annotator.kind = .llm
      $0.languageModel.model = "small"
    }
    #expect(named == .exactly(LabelOrigin(kind: "llm", version: version + "small")))
    let goal = try expected {
      $0.annotator.kind = .llm
      $0.languageModel.goal = "gold"
    }
    #expect(!goal.admits(LabelOrigin(kind: "llm", version: version + "small")))
    let principle = try expected(principle: "Go down.") { $0.annotator.kind = .llm }
    #expect(!principle.admits(LabelOrigin(kind: "llm", version: version + "small")))
  }

  @Test func aPromptThatOnlyAnnotatorsHaveLeavesTheKind() throws {
    let expected = try expected {
      $0.annotator.kind = .layered
      $0.languageModel.prompt = "/nowhere/mine.md"
    }
    #expect(expected.admits(LabelOrigin(kind: "layered", version: "anything")))
    #expect(!expected.admits(LabelOrigin(kind: "llm", version: "anything")))
  }

  @Test func theConfigurationMayNameIt() throws {
    let expected = try expected { $0.annotator.expectedOrigin = "foreign 1 of mine" }
    #expect(expected == .exactly(LabelOrigin(kind: "foreign", version: "1 of mine")))
  }

  @Test func longVersionsAreCutAsAnnotatorsCutThem() {
    let long = String(repeating: "x", count: 300)
    let expected = ExpectedOrigin.beginning(kind: "llm", version: String(long.prefix(256)))
    #expect(expected.admits(LabelOrigin(kind: "llm", version: String(long.prefix(256)))))
  }
}
