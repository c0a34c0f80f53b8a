import Captions
import Foundation
import Testing

@testable import Judging

struct PromptLibraryTests {
  static let goals = ["default", "combat", "gold", "stairs", "zero-knowledge"]
  static let classifications = [
    "default", "few-shot", "tagged", "paraphrase", "critique", "rubric", "principles", "episode",
  ]

  @Test(arguments: PromptLibrary.names, goals)
  func everyPromptServesEveryGoal(name: String, goal: String) throws {
    let prompt = try PromptLibrary.prompt(name)
    #expect(prompt.name == name)
    let bound = try Instruction(prompt, goal: .named(goal))
    #expect(bound.identity.hasPrefix("\(name)@\(prompt.version):"))
    let text = Self.text(Self.question(bound, "You see a newt."))
    #expect(!text.contains("{") && !text.contains("}") && !text.contains("\n\n\n") && !text.contains(" \n"))
    #expect((goal == "zero-knowledge") == (prompt.goals.first { $0.name == goal }?.text.isEmpty ?? false))
  }

  @Test(arguments: PromptLibrary.names, goals)
  func questionsShareAllButTheMessage(name: String, goal: String) throws {
    let bound = try Instruction(try PromptLibrary.prompt(name), goal: .named(goal))
    let first = Self.text(Self.question(bound, "Alpha beta gamma."))
    let second = Self.text(Self.question(bound, "You see a newt."))
    let shared = first.commonPrefix(with: second)
    let message = try #require(first.range(of: "Alpha"))
    #expect(shared.count == first.distance(from: first.startIndex, to: message.lowerBound))
    // The text after the message is short.
    let end = try #require(first.range(of: "gamma.", options: .backwards)).upperBound
    #expect(bound.prompt.kind == .ranking || first[end...].count <= 10)
  }

  @Test func identitiesTellPromptsGoalsAndPrinciplesApart() throws {
    var identities: Set<String> = []
    var count = 0
    for name in PromptLibrary.names {
      for goal in Self.goals {
        identities.insert(try Instruction(try PromptLibrary.prompt(name), goal: .named(goal)).identity)
        count += 1
      }
      for text in ["Judge by gold.", "Judge by depth."] {
        identities.insert(try Instruction(try PromptLibrary.prompt(name), goal: .principle(.init(text))).identity)
        count += 1
      }
    }
    #expect(identities.count == count)
    var changed = try PromptLibrary.prompt("default")
    let before = try Instruction(changed).identity
    #expect(try Instruction(changed).identity == before)
    changed.words = ["Yes", "Nope"]
    #expect(try Instruction(changed).identity != before)
  }

  /// A change of a built-in prompt needs a new version, and its new identity here. The labels of the old and the new
  /// prompt then have different origins.
  @Test(arguments: [
    ("default", "default@1:04fa68bb"), ("few-shot", "few-shot@2:4a5a2108"), ("tagged", "tagged@1:b892daf3"),
    ("paraphrase", "paraphrase@1:ccce9d0e"), ("critique", "critique@1:a2adf29b"), ("rubric", "rubric@1:b056926a"),
    ("principles", "principles@1:a86b2c33"), ("episode", "episode@1:b251f737"), ("ranking", "ranking@1:3eaa7cb5"),
  ])
  func shippedPromptsDoNotChangeUnnoticed(name: String, identity: String) throws {
    let found = try Instruction(try PromptLibrary.prompt(name)).identity
    #expect(found == identity)
  }

  @Test func aPrincipleTakesTheGoalsPlaceAndDropsTheExamples() throws {
    let principle = try Instruction.Principle("Only drowning counts.")
    for name in PromptLibrary.names {
      let bound = try Instruction(try PromptLibrary.prompt(name), goal: .principle(principle))
      let text = Self.text(Self.question(bound, "You see a newt."))
      #expect(text.contains("Only drowning counts.") && !text.contains("goblin"))
    }
    for text in ["", "  ", "a {message}", "a\nb", "\u{e9}", String(repeating: "a", count: 1_001)] {
      #expect(throws: PromptError.self) { try Instruction.Principle(text) }
    }
  }

  @Test func measuredMessagesAreNeitherExamplesNorCalibration() throws {
    var used = PromptLibrary.calibration.rows.map(\.message)
    let calibration = Set(used)
    for name in PromptLibrary.names {
      let examples = try PromptLibrary.prompt(name).examples?.rows.map(\.message) ?? []
      #expect(calibration.isDisjoint(with: examples))
      used += examples
    }
    #expect(Set(used).isDisjoint(with: try labelledMessages().map(\.text)))
  }

  @Test func calibrationServesEveryGoal() {
    #expect(PromptLibrary.calibration.rows.count == 20 && PromptLibrary.calibration.goals == Self.goals)
    for goal in Self.goals {
      let messages = PromptLibrary.calibration.messages(goal: goal)
      #expect(messages.count { $0.label } >= 3 && messages.count { !$0.label } >= 10)
      #expect(messages.allSatisfy { SanitisedCaption($0.message).kind == .askable })
    }
  }

  @Test func readsAFileOfTheUsersOwn() throws {
    let folder = try TestFolder()
    let path = folder.path("mine.prompt.md")
    try PromptParserTests.valid.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try PromptLibrary.prompt(path).name == "mine")
    try "# mine\nsize: 3\n".write(toFile: path, atomically: true, encoding: .utf8)
    let error = try #require(throws: PromptError.self) { try PromptLibrary.prompt(path) }
    #expect(error.description == "prompt \(path), line 2: there is no field \"size\"")
    #expect(throws: PromptError.self) { try PromptLibrary.prompt(folder.path("none.md")) }
    #expect(throws: PromptError.self) { try PromptLibrary.prompt("unknown") }
    #expect(throws: PromptError.self) { try Instruction(try PromptLibrary.prompt("default"), goal: .named("fame")) }
  }

  @Test func aReminderContinuesTheConversation() throws {
    let chat = try Instruction(try PromptLibrary.prompt("default"))
    let question = chat.question(SanitisedCaption("You see a newt."))
    guard case .chat(let turns) = question.input,
      case .chat(let again) = chat.reminding(question, of: "Hm.\n<|im_end|> Let me think").input
    else { return #expect(Bool(false), "a chat") }
    #expect(again.dropLast(2) == turns[...])
    #expect(again.suffix(2).map(\.text) == ["Hm. im_end Let me think", "Answer with one word only: Yes or No."])
    let plain = try Instruction(try PromptLibrary.prompt("few-shot"))
    guard case .completion(let text) = plain.reminding(plain.question(SanitisedCaption("Hm.")), of: "maybe").input
    else { return #expect(Bool(false), "a completion") }
    #expect(text.hasSuffix("Message: Hm.\nProgress: maybe\n(Progress is yes or no.)\nProgress:"))
  }

  @Test func aTranscriptShowsWhatIsAsked() throws {
    let chat = try Instruction(try PromptLibrary.prompt("default")).transcript(of: ["k - a dagger named Yes."])
    #expect(
      chat.hasPrefix("## system\nYou are") && chat.hasSuffix("## user\nGame message: [[k - a dagger named (name).]]"))
    let pair = try Instruction(try PromptLibrary.prompt("ranking")).transcript(of: ["Ouch!"])
    #expect(pair.hasSuffix("Message 1: [[Ouch!]]\nMessage 2: [[It's a wall.]]"))
    #expect(
      try Instruction(try PromptLibrary.prompt("few-shot")).transcript().hasSuffix(
        "Message: You kill the newt!\nProgress:"))
  }

  static func question(_ bound: Instruction, _ caption: String) -> ModelQuestion {
    let caption = SanitisedCaption(caption)
    return bound.prompt.kind == .ranking
      ? bound.question(first: caption, second: SanitisedCaption("It's a wall.")) : bound.question(caption)
  }

  /// The text of all turns that a server receives.
  static func text(_ question: ModelQuestion) -> String {
    switch question.input {
    case .chat(let turns): turns.map { "\($0.role): \($0.text)" }.joined(separator: "\n")
    case .completion(let text): text
    }
  }
}
