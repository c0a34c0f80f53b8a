import Testing

@testable import GameRules

struct RuleTableTests {
  @Test func readsRulesInOrder() throws {
    let table = try RuleTable(
      "# comment\n\nclass slay kill\n1 kill   you {slay} the {np}\n0 a b c\n! prompt really ...\n- cry ouch")
    #expect(table.rules.map(\.effect) == [.progress, .nothing, .veto, .silent])
    #expect(table.rules.map(\.category) == ["kill", "a", "prompt", "cry"])
    #expect(table.rules.map(\.pattern.text) == ["you {slay} the {np}", "b c", "really ...", "ouch"])
  }

  @Test(arguments: [
    ("1 kill", 1), ("\n2 kill x", 2), ("1 a b\n11 kill x", 2), ("# x\n1 a {b}", 2), ("1", 1), ("class x", 1),
    ("1 a {b}\nclass b c", 1), ("class a {b}", 1),
  ])
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
    #expect(try RuleTable("class c y\n1 a {c}").digest != RuleTable("class c z\n1 a {c}").digest)
    for other in ["0 a x\n0 b y", "0 b y\n1 a x", "1 a x\n0 b z", "1 a x"] {
      #expect(try RuleTable(other).digest != table.digest)
    }
  }

  @Test func noRuleOfNetHackStandsTwice() {
    var patterns: Set<String> = []
    for rule in RuleTable.netHack.rules {
      #expect(patterns.insert(rule.pattern.text).inserted, "\(rule.pattern.text) occurs twice")
    }
  }

  /// What a player writes or calls things could stand where any words may: no progress may depend on it.
  @Test func progressHasNoRoomForForeignText() {
    for rule in RuleTable.netHack.rules where rule.effect == .progress {
      #expect(!rule.pattern.isOpen, "\(rule.pattern.text)")
    }
  }

  @Test func noProgressRuleIsHiddenByAnEarlierOne() {
    // A sentence made from each pattern of plain words must reach it.
    let table = RuleTable.netHack
    for rule in table.rules where rule.effect == .progress && !rule.pattern.text.contains("{") {
      let words = rule.pattern.text.split(separator: " ").filter { !$0.hasSuffix("?") }.map {
        $0.split(separator: "/")[0]
      }
      let sentence = Sentence(bytes(words.joined(separator: " ")))
      #expect(table.firstMatch(sentence)?.effect == .progress, "\(sentence.words)")
    }
  }
}
