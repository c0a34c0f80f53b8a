import Testing

@testable import GameRules

struct RuleTableTests {
  @Test func readsRulesInOrder() throws {
    let table = try RuleTable("# comment\n\n1 kill   You kill the *!\n0 a b c\n! prompt Really *?*")
    #expect(table.rules.map(\.effect) == [.progress, .nothing, .veto])
    #expect(table.rules.map(\.category) == ["kill", "a", "prompt"])
    #expect(table.rules.map(\.pattern.text) == ["You kill the *!", "b c", "Really *?*"])
  }

  @Test(arguments: [("1 kill", 1), ("\n2 kill x", 2), ("1 a b\n11 kill x", 2), ("# x\n1 a {b}", 2), ("1", 1)])
  func namesTheLineItCannotRead(text: String, line: Int) {
    let error = #expect(throws: RuleTableError.self) { try RuleTable(text) }
    #expect(error?.line == line)
  }

  @Test func refusesTooManyRules() {
    let text = String(repeating: "0 a b\n", count: RuleTable.maximumRules + 1)
    #expect(throws: RuleTableError.self) { try RuleTable(text) }
  }

  @Test func theDigestFollowsWhatDecides() throws {
    let table = try RuleTable("1 a x\n0 b y")
    #expect(try RuleTable("# note\n1 other x\n0 b y").digest == table.digest)
    for other in ["0 a x\n0 b y", "0 b y\n1 a x", "1 a x\n0 b z", "1 a x"] {
      #expect(try RuleTable(other).digest != table.digest)
    }
  }

  @Test func everyNetHackRuleCanMatch() {
    #expect(RuleTable.netHack.rules.count > 400)
    var patterns: Set<String> = []
    for rule in RuleTable.netHack.rules {
      // Sentences never hold two spaces, and a second rule of the same pattern never gets its turn.
      #expect(!rule.pattern.text.contains("  "), "\(rule.pattern.text)")
      #expect(patterns.insert(rule.pattern.text).inserted, "\(rule.pattern.text) occurs twice")
    }
  }

  @Test func noProgressRuleIsHiddenByAnEarlierOne() {
    // A sentence made from each pattern of progress must reach it.
    let table = RuleTable.netHack
    for rule in table.rules where rule.effect == .progress {
      let sentence = rule.pattern.text.replacing("{number}", with: "7").replacing("{letter}", with: "k")
        .replacing("*", with: "newt")
      #expect(table.firstMatch(bytes(sentence)[...])?.effect == .progress, "\(sentence)")
    }
  }
}
