import Testing

@testable import RewardPrograms

/// Texts that are no programs, each with a part of what the error says. Models write such texts.
@Suite struct BadProgramTests {
  static let syntax: [(String, String)] = [
    ("", "the program is empty"), ("\n\n# nothing\n", "the program is empty"), ("reward", "expected \"=\""),
    ("reward =", "expected a value"), ("reward = 1 +", "expected a value"), ("reward = (1", "expected \")\""),
    ("reward = 1)", "expected the end of the line"), ("reward = 1 2", "expected the end of the line"),
    ("= 1", "expected a name"), ("1 = reward", "expected a name"), ("let = 1", "expected a name"),
    ("reward = 1 < 2 < 3", "cannot be chained"), ("reward = 1 if 2", "expected \"else\""),
    ("reward = if 1 else 2", "expected a value"), ("reward = not", "expected a value"),
    ("reward = \"", "no closing quote"), ("reward = contains(caption, \"a\nb\")", "no closing quote"),
    ("reward = contains(caption, \"\")", "1 to 120 bytes"), ("reward = 1e", "is not a number"),
    ("reward = 1e39", "is not a number"), ("reward = 0x10", "is not a number"), ("reward = 1.2.3", "is not a number"),
    ("reward = 2 ** 3", "expected a value"), ("reward = 2 % 3", "has no meaning here"),
    ("reward = {}", "has no meaning"),
    ("reward = lambda x: x", "expected a value"), ("reward = caption[0]", "expected the end of the line"),
    ("reward = 1; reward = 2", "has a value already"), ("reward = min(1, )", "expected a value"),
    ("reward = before.status[x]", "expected a whole number"),
    ("reward = before.status[1.5]", "expected a whole number"),
    ("reward = before.status[-1]", "expected a whole number"), ("reward = before.", "expected a name"),
    ("while true: reward = 1", "there are no loops"), ("for i in range(9): x = 1", "there are no loops"),
    ("def reward(obs): return 1", "no functions of your own"), ("import os", "nothing to import"),
    ("return 1", "there is no \"return\""), ("class A: x = 1", "no functions of your own"),
    ("from os import path", "nothing to import"),
    ("if true: reward = 1", "the condition is the same in every step"),
    ("```python\nreward = 1\n```", "has no meaning here"),
    ("reward = 1\u{0}", "has no meaning here"), ("reward = €", "has no meaning here"),
    ("Here is a program\nreward = 1", "expected \"=\""),
    ("reward += 1", "there is no value \"reward\" to add to; begin with reward = 0"),
    ("reward =+ 1", "expected a value"),
    ("reward ++", "expected \"=\""), ("reward := 1", "expected \"=\""), ("reward %= 2", "has no meaning here"),
  ]

  static let blocks: [(String, String)] = [
    ("if won\n  reward = 1", "expected \":\""),
    ("if won:\nreward = 1", "line 2: expected a line with a larger indentation"),
    ("if won:", "expected a line with a larger indentation"), ("if won: pass", "the last line must be reward"),
    ("if : reward = 1", "expected a value"), ("else: reward = 1", "\"else\" without an \"if\""),
    ("elif won: reward = 1", "\"elif\" without an \"if\""),
    ("if won:\n  reward = 1\n  else:\n  reward = 0", "\"else\" without an \"if\" in the same column"),
    ("if won:\n  reward = 1\nelse won:\n  reward = 0", "expected \":\""),
    ("if won:\n  reward = 1\n else:\n  reward = 0", "in a column of no block"),
    ("if won:\n  reward = 1\n    reward = 2", "line 3: the line is indented further"),
    ("if won:\n    reward = 1\n  reward = 2", "line 3: the line begins in a column of no block"),
    ("  if won:\n    reward = 1\nreward += 2", "line 3: the line begins in another column"),
    ("if won:\n  for i in range(3):\n    reward = 1", "there are no loops"), ("if won:\n  return 1", "no \"return\""),
    ("if won:\n  x = 1\nreward = x", "line 3: \"x\" has a value in some branches only"),
    ("if won:\n  x = 1\nelif ended:\n  x = 2\nreward = x", "has a value in some branches only"),
    ("if won:\n  x = 1\nelse:\n  y = 1\nreward = y", "has a value in some branches only"),
    ("if won:\n  x += 1\nreward = 1", "there is no value \"x\" to add to"),
    ("if won:\n  reward = won.x", "has no parts"),
    ("if caption:\n  reward = 1", "is an argument of contains"), ("if 1 < 2:\n  reward = 1", "the same in every step"),
    ("if \"a\" in caption:\n  reward = \"a\"", "a text is an argument"),
    ("reward = \"a\" in won", "the first argument is caption"),
    ("reward = \"a\" in \"abc\"", "the first argument is caption"),
    ("reward = 1 in caption", "expected the end of the line"),
    ("reward = \"a\" not caption", "expected the end of the line"),
    ("if won:\n  won = 1\nreward = 1", "is a name of the language"),
    ("x = 1\nx = 2\nreward = x", "line 2: \"x\" has a value already"),
    ("reward = 0.5\nreward = 1", "has a value already"),
    ("if = 1", "expected a value"), ("reward = else", "expected a value"), ("pass", "the program is empty"),
    ("pass 1\nreward = 1", "expected the end of the line"),
    ("if won: reward = 1 else: reward = 0", "expected the end of the line"),
    ("#1 = 2", "the program is empty"), ("reward = #1", "expected a value"),
    ("if won:\n  reward = 1\nx = 2", "the last line must be"),
  ]

  static let meaning: [(String, String)] = [
    ("x = 1", "the last line must be reward = ..."), ("reward = 1\nx = 2", "the last line must be reward = ..."),
    ("let a = 1\nlet a = 2\nreward = a", "line 2: \"a\" has a value already"),
    ("caption = 1\nreward = 1", "is a name of the language"), ("min = 1\nreward = min", "is a name of the language"),
    ("reward = reward + 1", "there is no value \"reward\""), ("reward = a\na = 1", "the last line must be"),
    ("reward = total", "there is no value \"total\" here; there are caption, ended, extrinsic, occurrences, won"),
    ("reward = obs.depth", "\"obs\" has no parts"), ("reward = caption.length", "\"caption\" has no parts"),
    ("reward = before.gold", "there is no field \"gold\"; there are depth, message, status[0 to 2], hitpoints"),
    ("reward = after.seed", "there is no field \"seed\""), ("reward = after.absent", "there is no field \"absent\""),
    ("reward = before.status", "has the elements status[0] to status[2]"),
    ("reward = before.status[3]", "has the elements"), ("reward = before.depth[1]", "has the elements"),
    ("reward = before.message", "is a text"), ("reward = caption", "is an argument of contains"),
    ("reward = \"yes\"", "a text is an argument"), ("x = \"yes\"\nreward = 1", "a text is an argument"),
    ("reward = 1 + \"a\"", "a text is an argument"), ("reward = -caption", "is an argument of contains"),
    ("reward = contains(caption)", "with one text or several"),
    ("reward = contains(\"a\", caption)", "a text in quotes"),
    ("reward = contains(caption, 1)", "a text in quotes"), ("reward = contains(before.status, \"a\")", "is no text"),
    ("reward = contains(occurrences, \"a\")", "the first argument is caption"),
    ("reward = number(1)", "it is number(caption)"),
    ("reward = met(caption)", "it is met(\"...\")"), ("reward = clip(1, 2)", "it is clip(x, low, high)"),
    ("reward = abs(1, 2)", "it is abs(x)"), ("reward = min(1)", "it is min(a, b, ...)"),
    ("reward = open(1)", "there is no function \"open\""), ("reward = eval(\"1\")", "there is no function \"eval\""),
    ("reward = __import__(\"os\")", "there is no function"), ("reward = exec(1)", "there is no function \"exec\""),
    ("reward = rand()", "expected a value"), ("reward = print(\"a\")", "there is no function \"print\""),
  ]

  @Test(arguments: syntax + meaning + blocks)
  func everyOneIsRefusedWithItsReason(text: String, reason: String) throws {
    let error = try #require(throws: ProgramError.self) { try RewardProgram(text, SampleRow.schema) }
    #expect(error.description.contains(reason), "\(text): \(error)")
  }

  /// Texts that would take long or much memory.
  @Test func sizesAreBounded() throws {
    let deep = "reward = " + String(repeating: "(", count: 500) + "1" + String(repeating: ")", count: 500)
    let long = "reward = 1" + String(repeating: "+1", count: 2000)
    let signs = "reward = " + String(repeating: "-", count: 3000) + "1"
    let nots = "reward = " + String(repeating: "not ", count: 900) + "1"
    let choices = "reward = " + String(repeating: "1 if 1 else ", count: 300) + "1"
    let many = "reward = max(" + (0..<17).map { "\($0)" }.joined(separator: ", ") + ")"
    let literals = "reward = " + (0..<33).map { "contains(caption, \"\($0)\")" }.joined(separator: " + ")
    let operations = (0..<90).map { "let a\($0) = 1 + 2" }.joined(separator: "\n") + "\nreward = a1"
    let nested = (0..<30).map { String(repeating: " ", count: $0) + "if won:" }.joined(separator: "\n")
    let wide = String(repeating: "if won: reward += 1\n", count: 60)
    let huge = "reward = 1 #" + String(repeating: "x", count: 5000)
    for text in [deep, long, signs, nots, choices, many, literals, operations, nested, wide, huge] {
      let error = try #require(throws: ProgramError.self) { try RewardProgram(text, SampleRow.schema) }
      #expect(
        error.description.contains("most") || error.description.contains("more than")
          || error.description.contains("too many"), "\(error)")
    }
  }

  /// Any bytes are a program or an error.
  @Test func garbageEndsWithAnError() {
    let words = [
      "reward", "=", "(", ")", "1", "if", "else", "-", "caption", "contains", ",", "\"a\"", "before", ".", "status",
      "[", "]", "\n", "and", "not", "/", "<", "met", ":", "elif", "\n  reward +=", "\n  ", "in", "+=", "won",
    ]
    var state: UInt64 = 1
    var programs = 0
    for _ in 0..<20_000 {
      var text = "reward = "
      for _ in 0...Int(state >> 40) % 6 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += words[Int(state >> 33) % words.count] + " "
      }
      if (try? RewardProgram(text, SampleRow.schema)) != nil { programs += 1 }
    }
    #expect(programs > 0 && programs < 10_000)
  }

  @Test func trialsFindProgramsThatTeachNothing() {
    func problem(_ rewards: [Float]) -> String? {
      var trial = ProgramTrial()
      for reward in rewards { trial.add(reward) }
      return trial.problem
    }
    let mixed = (0..<200).map { $0 % 10 == 0 ? Float(0.5) : 0 }
    #expect(problem(mixed) == nil && problem(mixed + [.nan]) == nil)
    #expect(problem(Array(mixed.prefix(50)))?.contains("only 50 steps") == true)
    #expect(problem(mixed + Array(repeating: .nan, count: 5))?.contains("5 of 205 steps is no number") == true)
    #expect(problem(Array(repeating: 0.25, count: 200))?.contains("teaches nothing") == true)
    #expect(problem(mixed.map { $0 == 0 ? 1 : -0.5 })?.contains("are cut to") == true)
  }
}
