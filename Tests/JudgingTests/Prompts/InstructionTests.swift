import Captions
import Testing

@testable import Judging

struct InstructionTests {
  private func prompt(_ name: String) throws -> Prompt { try PromptLibrary.prompt(name) }

  private func text(_ question: ModelQuestion) -> String { PromptLibraryTests.text(question) }

  @Test func correctionsStandBeforeEveryMessageAndChangeTheVersion() throws {
    let correction = Reflection(SanitisedCaption("k - a dagger named Yes."), isProgress: false)
    for name in PromptLibraryTests.classifications {
      let plain = try Instruction(try prompt(name))
      let corrected = try Instruction(try prompt(name), reflections: [correction])
      #expect(corrected.identity != plain.identity && corrected.prompt == plain.prompt)
      let asked = text(corrected.question(SanitisedCaption("You see a newt.")))
      let place = try #require(asked.range(of: "[[k - a dagger named (name).]] \(plain.prompt.words[1])"))
      let message = try #require(asked.range(of: "You see a newt.", options: .backwards))
      #expect(place.upperBound < message.lowerBound)
      #expect(try Instruction(try prompt(name), reflections: []).identity == plain.identity)
    }
    let many = [Reflection](repeating: correction, count: Reflection.maximumCount + 1)
    #expect(throws: PromptError.self) { try Instruction(try prompt("default"), reflections: many) }
  }

  @Test func notesFollowTheMessage() throws {
    let caption = SanitisedCaption("You drink the potion.")
    let facts = QuestionNote.facts(CaptionFacts(hitPoints: -5, gold: 17))
    let chat = try Instruction(try prompt("default"))
    #expect(
      text(chat.question(caption, note: facts)).hasSuffix(
        "[[You drink the potion.]]\nChange in this turn: hit points -5, dungeon level 0, gold +17, items 0."))
    #expect(text(chat.question(caption, note: .student(true))).contains("A student called this progress"))
    #expect(chat.question(caption, note: nil) == chat.question(caption))
    // The cue of a completion stays last.
    let plain = text(try Instruction(try prompt("few-shot")).question(caption, note: facts))
    #expect(plain.contains("hit points -5") && plain.hasSuffix("\nProgress:"))
  }

  @Test func anEpisodeIsOneQuestion() throws {
    let episode = ["You kill the newt!", "You die..."].map { SanitisedCaption($0) }
    let question = try Instruction(try prompt("episode")).question(episode: episode)
    #expect(text(question).hasSuffix("Messages: [[You kill the newt! / You die...]]"))
  }

  private static let rubric = PromptParserTests.valid.replacing("answer: one-token", with: "answer: scores 1 5")
    .replacing("{goal}", with: "{goal}\n{rubric}")

  private func parsed(_ rubric: String) throws -> Prompt {
    try PromptParser.parse(Self.rubric + "\n## rubric\n\(rubric)\n", file: "mine.md")
  }

  @Test func aRubricIsPartOfThePromptAndOfItsVersion() throws {
    let instruction = try Instruction(try parsed("survival 2: stays alive\nspeed 1: saves time"))
    #expect(instruction.prompt.answer == .scores(1...5) && instruction.prompt.rubric.map(\.weight) == [2, 1])
    #expect(
      text(instruction.question(SanitisedCaption("Hm."))).contains("1. survival: stays alive\n2. speed: saves time"))
    let reweighed = try Instruction(try parsed("survival 3: stays alive\nspeed 1: saves time"))
    #expect(reweighed.identity != instruction.identity)
  }

  @Test(arguments: [
    "survival: stays alive", "survival 0: x", "survival 101: x", "Survival 1: x", "a 1:", "a 1: {goal}", "",
  ])
  func aBadRubricNamesItsLine(rubric: String) throws {
    #expect(throws: PromptError.self) { try parsed(rubric) }
  }

  @Test(arguments: ["scores 5 1", "scores 1", "scores -1 5", "scores 1 101", "scores one five", "last word"])
  func aBadScaleIsRefused(answer: String) {
    let text = PromptParserTests.valid.replacing("answer: one-token", with: "answer: \(answer)")
    #expect(throws: PromptError.self) { try PromptParser.parse(text, file: "mine.md") }
  }
}
