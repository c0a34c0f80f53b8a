import Captions
import Runtime
import Testing

@testable import Judging

struct PromptParserTests {
  static let valid = """
    # mine
    > A note.
    version: 2
    kind: classification
    style: chat
    answer: one-token
    words: Up / Down

    ## system
    {goal}
    {examples}
    ## user
    Say: {message}
    ## example
    {message} = {answer}
    ## examples
    | message        | default |
    |----------------|---------|
    | You kill it!   | yes     |
    | It's a wall.   | no      |
    | You see a rat. | -       |
    ## reminder
    Up or Down.
    ## goal default
    Win.
    """

  @Test func readsAFile() throws {
    let prompt = try PromptParser.parse(Self.valid, file: "mine.md")
    #expect(
      prompt.name == "mine" && prompt.version == 2 && prompt.words == ["Up", "Down"] && prompt.maximumTokens == 1)
    #expect(prompt.examples?.rows.count == 3 && prompt.goals == [Prompt.Goal(name: "default", text: "Win.")])
    let question = try Instruction(prompt).question(SanitisedCaption("You see a newt."))
    #expect(
      question.input
        == .chat([
          ChatMessage(.system, "Win.\nYou kill it! = Up\n\nIt's a wall. = Down"),
          ChatMessage(.user, "Say: You see a newt."),
        ]))
  }

  /// Each change breaks one rule; the error names the line, or 0 if a whole part is missing.
  @Test(
    arguments: [
      ("# mine", "# Mine", 1, "is not a name"), ("# mine", "", 3, "before anything else"),
      ("version: 2", "version: zero", 3, "is a number"), ("version: 2", "", 0, "no field \"version\""),
      ("version: 2", "version: 2\nversion: 3", 4, "a second"), ("version: 2", "colour: 2", 3, "no field \"colour\""),
      ("version: 2", "version", 3, "field: value"),
      ("kind: classification", "kind: guess", 4, "classification or ranking"),
      ("style: chat", "style: completion", 0, "no section \"text\""),
      ("one-token", "two-token", 6, "one-token, last-word, tagged"), ("Up / Down", "Up / up", 7, "two different words"),
      ("Up / Down", "Up / Down / Out", 7, "two different words"), ("kind: classification", "kind: ranking", 7, "three"),
      ("{goal}", "{goals}", 10, "is none of"), ("{goal}", "", 12, "{goal} must occur exactly once"),
      ("{goal}", "{goal} {message}", 9, "same for every question"),
      ("{message}\n## example", "\n## example", 12, "needs {message}"),
      ("Say: {message}", "{message} {goal}", 12, "behind {goal}"),
      ("Say: {message}", "{message} {message}", 12, "once"),
      ("{examples}", "", 12, "come together"), ("{message} = {answer}", "{answer}", 14, "and then {answer}"),
      ("| yes     |", "| maybe   |", 19, "a label is yes, no or -"),
      ("|---------|", "| none    |", 18, "row of dashes"),
      ("| message        |", "| text           |", 17, "message, then a goal"),
      ("| yes     |", "| yes", 19, "begins and ends"),
      ("## reminder\nUp or Down.", "", 0, "no section \"reminder\""),
      ("## reminder", "## remark", 22, "no section \"remark\""),
      ("## reminder", "## user", 22, "a second section"), ("## goal default\nWin.", "", 0, "goal NAME"),
      ("Win.", "Win {message}", 25, "no braces"), ("Win.", "W\u{7}in.", 25, "control character 7"),
    ] as [(String, String, Int, String)])
  func refusesWhatIsWrongAndNamesTheLine(old: String, new: String, line: Int, problem: String) throws {
    let text = Self.valid.replacing(old, with: new, maxReplacements: 1)
    try #require(text != Self.valid)
    let error = try #require(throws: PromptError.self) { try PromptParser.parse(text, file: "mine.md") }
    #expect(error.file == "mine.md" && error.line == line && error.problem.contains(problem), "\(error)")
  }

  @Test func refusesALongFile() {
    #expect(throws: PromptError.self) {
      try PromptParser.parse(String(repeating: "> x\n", count: 20_000), file: "long.md")
    }
  }

  @Test func doesNotStumbleOverDamage() {
    var generator = SplitMix64(seed: 3)
    for _ in 0..<300 {
      var text = Array(Self.valid.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let index = Int.random(in: 0..<text.count, using: &generator)
        if Bool.random(using: &generator) {
          text.remove(at: index)
        } else {
          text[index] = UInt8.random(in: 10...255, using: &generator)
        }
      }
      // Every prompt that the parser accepts can be asked.
      guard let prompt = try? PromptParser.parse(String(decoding: text, as: UTF8.self), file: "x"),
        let goal = prompt.goals.first, let bound = try? Instruction(prompt, goal: .named(goal.name))
      else { continue }
      _ = bound.question(SanitisedCaption("You see a newt."))
    }
  }
}
