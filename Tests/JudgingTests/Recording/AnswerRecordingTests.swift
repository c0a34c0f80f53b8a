import Captions
import Foundation
import Testing

@testable import Judging

struct AnswerRecordingTests {
  private func question(_ message: String) throws -> ModelQuestion {
    try Instruction(try PromptLibrary.prompt("default")).question(SanitisedCaption(message))
  }

  private func answer(_ text: String, _ alternatives: [(String, Double)]) -> ModelAnswer {
    ModelAnswer(
      text: text,
      tokens: [.init(text: text, alternatives: alternatives.map { .init(text: $0.0, logProbability: $0.1) })],
      promptTokens: 90, answerTokens: 1)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    var recording = AnswerRecording(model: "small 1")
    let questions = try ["You see a newt.", "You kill the newt!"].map { try question($0) }
    let answers = [
      answer("Yes", [("Yes", -0.25), (" no", -1.5)]), answer("a:b,c;d%e\tf\ng\r\n\u{e9}", [(":", -0.01), ("\n", -7)]),
    ]
    var text = recording.head
    for (question, answer) in zip(questions, answers) {
      text += recording.add(answer, to: QuestionKey(question)) + "\n"
    }
    let read = try AnswerRecording(text, file: "x")
    #expect(read == recording && read.count == 2 && read.model == "small 1")
    for (question, answer) in zip(questions, answers) {
      let found = try #require(read[QuestionKey(question)])
      #expect(found.text == answer.text && found.tokens == answer.tokens && found.promptTokens == 90)
    }
    #expect(read[QuestionKey(questions[0], sample: 1)] == nil)
  }

  @Test func everythingThatAServerReceivesIsInTheKey() throws {
    let first = try question("You see a newt.")
    var keys: Set<QuestionKey> = [QuestionKey(first), QuestionKey(first, sample: 1)]
    for change in 0..<4 {
      var other = first
      switch change {
      case 0: other.temperature = 0.7
      case 1: other.maximumTokens = 2
      case 2: other.topAlternatives = 0
      default: other = try question("You see a rat.")
      }
      keys.insert(QuestionKey(other))
    }
    #expect(keys.count == 6)
  }

  @Test(arguments: [
    ("", 1), ("# tengu answers 2\nmodel m\n", 1), ("# tengu answers 1\n", 2), ("# tengu answers 1\nname m\n", 2),
    ("# tengu answers 1\nmodel m\nff\t1\t1\tYes\n", 3), ("# tengu answers 1\nmodel m\nxyz\t1\t1\tYes\t\n", 3),
    ("# tengu answers 1\nmodel m\nff\t-1\t1\tYes\t\n", 3), ("# tengu answers 1\nmodel m\nff\t1\t1\t%zz\t\n", 3),
    ("# tengu answers 1\nmodel m\nff\t1\t1\tYes\tYes,Yes:5\n", 3),
    ("# tengu answers 1\nmodel m\nff\t1\t1\tYes\tYes,Yes:-5:3\n", 3),
    ("# tengu answers 1\nmodel m\nff\t1\t1\tYes\tYes,Yes:-99999999999999999999\n", 3),
  ])
  func badFilesAreRefusedWithTheLine(text: String, line: Int) {
    let error = #expect(throws: RecordingError.self) { try AnswerRecording(text, file: "bad.answers") }
    #expect(error?.line == line && error?.file == "bad.answers")
  }

  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: RecordingError.self) { try AnswerRecording(contentsOf: "/nowhere/x.answers") }
    #expect(error?.description.contains("/nowhere/x.answers") == true)
  }

  /// A judge cannot tell the recording from the model.
  @Test func aJudgeAsksARecording() async throws {
    let instruction = try Instruction(try PromptLibrary.prompt("default"))
    var recording = AnswerRecording(model: "m")
    _ = recording.add(
      answer("Yes", [("Yes", -0.1), ("No", -2.4)]),
      to: QuestionKey(instruction.question(SanitisedCaption("You kill the newt!"))))
    let judge = try PromptedJudge(
      model: RecordedLanguageModel(recording), prompt: instruction, options: JudgeOptions(threshold: .fixed(0)))
    let caption = Array("You kill the newt!".utf8)
    #expect(try await judge.judge(caption, deadlineSeconds: 1).verdict == .label(1))
    // The second answer to the same question was not recorded.
    await #expect(throws: ModelFailure.self) { try await judge.judge(caption, deadlineSeconds: 1) }
  }
}
