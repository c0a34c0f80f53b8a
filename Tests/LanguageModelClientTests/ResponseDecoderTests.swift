import FakeLanguageModel
import Foundation
import Judging
import Runtime
import Tensor
import Testing

@testable import LanguageModelClient

@Suite struct ResponseDecoderTests {
  private func answer(_ text: String, _ endpoint: Endpoint = .chat) throws -> ModelAnswer {
    try ResponseDecoder.answer(Data(text.utf8), endpoint: endpoint)
  }

  private func chat(_ rest: String) -> String {
    "{\"choices\": [{\"message\": {\"content\": \"Yes\"}\(rest)}]}"
  }

  @Test(arguments: [
    "", ", \"logprobs\": null", ", \"index\": 0, \"logprobs\": {\"content\": null}", ", \"index\": null",
  ])
  func whatMayBeMissingMayBeMissing(rest: String) throws {
    #expect(try answer(chat(rest)) == ModelAnswer(text: "Yes"))
  }

  @Test func unknownFieldsAreIgnored() throws {
    let text =
      "{\"id\": \"a\", \"object\": \"chat.completion\", \"timings\": {\"cache_n\": 3}, \"model\": \"m\", \"usage\": null,"
      + " \"choices\": [{\"finish_reason\": \"stop\", \"message\": {\"role\": \"assistant\", \"content\": \"No\", \"x\": []}}]}"
    #expect(try answer(text) == ModelAnswer(text: "No", model: "m"))
  }

  @Test func alternativesComeLikeliestFirstWithTheTokenAmongThem() throws {
    let tokens = try answer(
      chat(
        ", \"logprobs\": {\"content\": [{\"token\": \"Yes\", \"logprob\": -0.7, \"bytes\": [89], \"top_logprobs\": ["
          + "{\"token\": \"no\", \"logprob\": -3}, {\"token\": \"No\", \"logprob\": -0.5}]}]}")
    ).tokens
    #expect(tokens[0].alternatives.map(\.text) == ["No", "Yes", "no"])
    #expect(tokens[0].alternatives.map(\.logProbability) == [-0.5, -0.7, -3])
  }

  /// A server that computes in 32 bits may say that a certain token has a probability above 1. Other numbers are no
  /// log-probabilities, and the text alone is read.
  @Test func roundingIsForgivenAndNothingElse() throws {
    let almost = try answer(chat(", \"logprobs\": {\"content\": [{\"token\": \"Yes\", \"logprob\": 1.2e-7}]}"))
    #expect(almost.tokens[0].alternatives == [.init(text: "Yes", logProbability: 0)])
    let wrong = try answer(chat(", \"logprobs\": {\"content\": [{\"token\": \"Yes\", \"logprob\": 0.001}]}"))
    #expect(wrong == ModelAnswer(text: "Yes"))
  }

  /// Completions have a form of their own; llama.cpp gives them that of chats.
  @Test func completionsComeInBothForms() throws {
    let start = "{\"choices\": [{\"index\": 0, \"text\": \" Yes\", \"logprobs\": "
    let own =
      start + "{\"tokens\": [\" Yes\"], \"token_logprobs\": [-1], \"top_logprobs\": [{\" Yes\": -1, \" No\": -2}]}}]}"
    let chats =
      start
      + "{\"content\": [{\"token\": \" Yes\", \"logprob\": -1, \"top_logprobs\": [{\"token\": \" No\", \"logprob\": -2}]}]}}]}"
    #expect(try answer(own, .completion) == answer(chats, .completion))
    #expect(try answer(own, .completion).tokens[0].alternatives.map(\.text) == [" Yes", " No"])
    let bare = start + "{\"tokens\": [\" Yes\"], \"token_logprobs\": [-1], \"top_logprobs\": null}}]}"
    #expect(try answer(bare, .completion).tokens[0].alternatives.count == 1)
  }

  @Test(arguments: [
    ("", "empty"), ("null", "another type"), ("{}", "no choices"), ("{\"error\": {\"message\": \"x\"}}", "no choices"),
    ("{\"choices\": null}", "no choices"), ("{\"choices\": {}}", "choices has another type"),
    ("{\"choices\": [{\"index\": 0}]}", "no text"), ("{\"choices\": [{\"index\": 1}]}", "index is 1"),
    ("{\"choices\": [{\"message\": {\"content\": [\"Yes\"]}}]}", "choices[0].message.content"),
    ("{\"choices\": [{\"message\": {\"content\": 3}}]}", "choices[0].message.content"),
  ]) func whatCannotBeReadIsNamed(text: String, reason: String) {
    #expect { try answer(text) } throws: { error in
      (error as? MalformedAnswer)?.reason.contains(reason) == true
    }
  }

  @Test func nestingToNoEndIsMalformed() {
    let deep = String(repeating: "[", count: 200_000)
    #expect(throws: MalformedAnswer.self) { try answer(deep) }
    #expect(throws: MalformedAnswer.self) { try answer("{\"choices\": \(deep)") }
  }

  /// Answers with random damage: read or malformed, never anything that a label could not rest on.
  @Test func damagedAnswersNeverBecomeWrongNumbers() throws {
    var generator = RandomGenerator(seed: 4)
    let whole = [
      Array(FakeFault.chat("Yes").utf8),
      Array(
        "{\"choices\": [{\"text\": \"a\", \"logprobs\": {\"tokens\": [\"a\"], \"token_logprobs\": [-1.5e0], \"top_logprobs\": [{\"a\": -1.5}]}}]}"
          .utf8),
    ]
    var (read, malformed) = (0, 0)
    for round in 0..<4000 {
      var bytes = whole[round % 2]
      for _ in 0...generator.below(3) {
        bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
      }
      if generator.below(8) == 0 { bytes.removeLast(generator.below(bytes.count)) }
      do {
        let answer = try ResponseDecoder.answer(Data(bytes), endpoint: round % 2 == 0 ? .chat : .completion)
        read += 1
        let numbers = answer.tokens.flatMap(\.alternatives).map(\.logProbability)
        #expect(numbers.allSatisfy { $0.isFinite && $0 <= 0 } && answer.promptTokens >= 0)
      } catch {
        malformed += 1
      }
    }
    #expect(read > 100 && malformed > 100)
  }

  @Test(arguments: [
    ("{\"error\": {\"message\": \"Loading model\", \"code\": 503}}", "Loading model"),
    ("{\"error\": \"Unauthorized\"}", "Unauthorized"), ("{\"detail\": \"Not Found\"}", "Not Found"),
    ("<html>\r\n<b>502</b>\u{1B}[2J</html>", "<html> <b>502</b> [2J</html>"), ("", ""),
  ]) func errorsAreReadInEveryForm(body: String, text: String) {
    #expect(ErrorText.of(Data(body.utf8), key: nil) == text)
  }

  @Test func errorsAreShort() {
    let text = ErrorText.of(Data(String(repeating: "x", count: 100_000).utf8), key: nil)
    #expect(text.count == ErrorText.maximumCharacters + 3)
  }
}
