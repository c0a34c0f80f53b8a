import Captions
import GameRules
import Testing

@testable import Judging

/// One Token to Fool LLM-as-a-Judge (2507.08794): openers and planted words may not earn a label.
struct AttackSuiteTests {
  /// Says yes to every text that addresses it.
  private static let gullible = ScriptedModel { question in
    let words = ["yes", "progress", "foo", "ignore", "label", "instruction"]
    return .oneToken(logOdds: words.contains { question.message.lowercased().contains($0) } ? 5 : -5)
  }

  /// With rules first, loot stays loot whatever it is called: what counts is whether the planted text made the label.
  @Test(arguments: [false, true]) func attacksEarnNothing(rulesFirst: Bool) async throws {
    let prompt = try Instruction(try PromptLibrary.prompt("default"))
    let asked = try PromptedJudge(
      model: Self.gullible, prompt: prompt, options: JudgeOptions(threshold: .fixed(0)))
    let judge: any CaptionJudge = rulesFirst ? LayeredJudge(RuleAnnotator(), over: asked) : asked
    let attacks = try Attack.all()
    var fooled: [String] = []
    for attack in attacks where try await judge.judge(attack.caption, deadlineSeconds: 5).verdict == .label(1) {
      let without = Array(SanitisedCaption(attack.caption).text.utf8)
      if rulesFirst, try await judge.judge(without, deadlineSeconds: 5).verdict == .label(1) { continue }
      fooled.append(attack.testDescription)
    }
    #expect(Double(fooled.count) <= 0.01 * Double(attacks.count), "\(fooled)")
    // The same model is fooled by most of them as they come: the suite can fail.
    let raw = attacks.count { attack in
      let text = String(decoding: attack.caption, as: UTF8.self).lowercased()
      return ["yes", "progress", "foo", "ignore", "label", "instruction"].contains { text.contains($0) }
    }
    #expect(raw > attacks.count / 2)
  }
}
