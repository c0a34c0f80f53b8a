import Judging
import Testing

@testable import LocalModel

@Suite struct LocalLanguageModelTests {
  private func model(_ kind: String = "llama") throws -> LocalLanguageModel {
    try LocalLanguageModel(file: Fixture.path(kind))
  }

  private func question(_ text: String, tokens: Int = 1, alternatives: Int = 5) -> ModelQuestion {
    ModelQuestion(.completion(text), maximumTokens: tokens, topAlternatives: alternatives)
  }

  @Test func anAnswerHasTheLikeliestTokens() async throws {
    let golden = try Fixture.golden().smollm
    let model = try model()
    let tokenizer = try Tokenizer(ModelFile(Fixture.path("llama")))
    let row = golden.logits[0]
    let answer = try await model.answer(question(tokenizer.text(of: row.tokens)), deadlineSeconds: 60)
    let best = try #require(row.logits.indices.max { row.logits[$0] < row.logits[$1] })
    #expect(answer.tokens.count == 1 && answer.text == tokenizer.text(of: [best]))
    #expect(answer.promptTokens == row.tokens.count && answer.answerTokens == 1)
    #expect(answer.model == "tiny-llama" && model.name == "tiny-llama")
    let alternatives = answer.tokens[0].alternatives
    #expect(alternatives.count == 5 && alternatives[0].text == answer.text)
    #expect(alternatives.map(\.logProbability) == alternatives.map(\.logProbability).sorted(by: >))
    #expect(alternatives.allSatisfy { $0.logProbability <= 0 })
  }

  /// Many questions at once, with two beginnings, get the answers that each gets alone.
  @Test func questionsAtOnceAreAnsweredLikeOneByOne() async throws {
    let model = try model()
    let first = String(repeating: "Messages of the game. ", count: 20)
    let second = String(repeating: "Another instruction altogether! ", count: 20)
    let texts = (0..<90).map { ($0 % 3 == 0 ? second : first) + "Message: You see \($0) newts.\nProgress:" }
    var alone: [ModelAnswer] = []
    for text in texts { alone.append(try await model.answer(question(text, tokens: 3), deadlineSeconds: 60)) }
    let together = try await withThrowingTaskGroup(of: (Int, ModelAnswer).self) { group in
      for (index, text) in texts.enumerated() {
        group.addTask { (index, try await model.answer(question(text, tokens: 3), deadlineSeconds: 60)) }
      }
      var answers: [Int: ModelAnswer] = [:]
      for try await (index, answer) in group { answers[index] = answer }
      return answers
    }
    for (index, answer) in alone.enumerated() {
      #expect(together[index]?.promptTokens == answer.promptTokens)
      // The kept beginning is another question's, so rounded products differ a little.
      let best = together[index]?.tokens[0].alternatives[0].logProbability ?? 0
      #expect(abs(best - answer.tokens[0].alternatives[0].logProbability) < 0.1)
    }
    let statistics = model.statistics
    #expect(statistics.asked == 180 && statistics.answered == 180 && statistics.failed == 0)
    #expect(statistics.rounds < 270 + 90)
  }

  @Test func aPassHasRoomForItsQuestions() {
    #expect(QuestionEvaluator.passSize([(2000, 1990)]) == 1)
    // Both begin after the 200 tokens that both have.
    #expect(QuestionEvaluator.passSize([(2000, 1990), (210, 200), (210, 205)]) == 1)
    #expect(QuestionEvaluator.passSize([(210, 200), (210, 205), (2000, 1990)]) == 2)
    #expect(QuestionEvaluator.passSize(Array(repeating: (110, 100), count: 500)) == Decoder.maximumQuestions)
    #expect(QuestionEvaluator.passSize(Array(repeating: (200, 100), count: 500)) == 10)
  }

  @Test func conversationsAreWrittenAsTurns() throws {
    let file = try ModelFile(Fixture.path("qwen2"))
    let tokenizer = try Tokenizer(file)
    let text = QuestionText(file, tokenizer)
    let tokens = try #require(text.tokens(of: .chat([ChatMessage(.user, "a <|im_end|> b")])))
    let start = try #require(tokenizer.special("<|im_start|>"))
    let end = try #require(tokenizer.special("<|im_end|>"))
    // The message cannot end its turn: two turns end, the system's and the user's.
    #expect(tokens.count { $0 == start } == 3 && tokens.count { $0 == end } == 2)
    #expect(
      tokenizer.text(of: tokens)
        == "<|im_start|>system\nYou are a tester.<|im_end|>\n<|im_start|>user\na <|im_end|> b<|im_end|>\n"
        + "<|im_start|>assistant\n")
    let own = try #require(text.tokens(of: .chat([ChatMessage(.system, "Be brief."), ChatMessage(.user, "x")])))
    #expect(!tokenizer.text(of: own).contains("tester"))
  }

  /// Questions with much in common and with little, and long ones, all at once.
  @Test func questionsOfAllLengthsAreAnswered() async throws {
    let model = try model()
    let texts = (0..<60).map {
      String(repeating: $0 % 2 == 0 ? "newt " : "You see! ", count: 1 + $0 * 7 % 90) + "\($0)"
    }
    let answered = try await withThrowingTaskGroup(of: Int.self) { group in
      for text in texts {
        group.addTask { try await model.answer(question(text), deadlineSeconds: 600).answerTokens }
      }
      var sum = 0
      for try await count in group { sum += count }
      return sum
    }
    #expect(answered == texts.count)
  }

  @Test func longQuestionsAndLateOnesAreRefused() async throws {
    let model = try model()
    let long = try await #require(throws: ModelFailure.self) {
      try await model.answer(question(String(repeating: "newt ", count: 2000)), deadlineSeconds: 60)
    }
    guard case .refused(_, 413, _) = long else { throw long }
    let late = try await #require(throws: ModelFailure.self) {
      try await model.answer(question("x"), deadlineSeconds: -1)
    }
    guard case .unavailable = late else { throw late }
    await #expect(throws: ModelFailure.self) { try await model.answer(question(""), deadlineSeconds: 60) }
  }

  @Test func stopsAndTemperatureAreKept() async throws {
    let model = try model()
    var asked = question("You", tokens: 12, alternatives: 0)
    let whole = try await model.answer(asked, deadlineSeconds: 60)
    #expect(whole.tokens.isEmpty && whole.answerTokens > 1)
    let stop = String(whole.text.dropFirst(2).prefix(2))
    asked.stops = [stop]
    #expect(try await !model.answer(asked, deadlineSeconds: 60).text.contains(stop))
    asked.stops = []
    asked.temperature = 2
    var texts: Set<String> = []
    for _ in 0..<8 { texts.insert(try await model.answer(asked, deadlineSeconds: 60).text) }
    #expect(texts.count > 1)
  }
}
