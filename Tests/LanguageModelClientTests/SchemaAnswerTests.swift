import Judging
import Testing

@testable import LanguageModelClient

@Suite struct SchemaAnswerTests {
  private func answer(_ tokens: [String], likely: [String] = []) -> ModelAnswer {
    ModelAnswer(
      text: tokens.joined(),
      tokens: tokens.map { text in
        let others = text.contains("Yes") ? likely : []
        return ModelAnswer.Token(
          text: text,
          alternatives: ([text] + others).map { ModelAnswer.Alternative(text: $0, logProbability: -0.5) })
      })
  }

  /// However the text is cut into tokens, the first one left begins the answer.
  @Test(arguments: [
    ["{\"answer\": \"", "Yes", "\"}"], ["{", "\"", "answer", "\":", " \"", "Yes", "\"", "}"],
    ["{\"answer", "\":\"Yes", "\"}"], ["{\n  \"answer\" : ", "\"Yes\"", "\n}"], ["{\"answer\":\"Yes\"}"],
  ])
  func findsTheAnswersTokens(tokens: [String]) throws {
    let unwrapped = try #require(SchemaAnswer.unwrapped(answer(tokens)))
    #expect(unwrapped.text == "Yes")
    #expect(unwrapped.tokens.first?.text.hasPrefix("Yes") == true)
    #expect(unwrapped.tokens.first?.alternatives.first?.text.hasPrefix("Yes") == true)
  }

  @Test func whatElseCouldHaveStoodThereLosesTheQuoteToo() throws {
    let tokens = ["{\"answer\": ", "\"Yes", "\"}"]
    let unwrapped = try #require(SchemaAnswer.unwrapped(answer(tokens, likely: ["\"No", "null"])))
    #expect(unwrapped.tokens.first?.alternatives.map(\.text) == ["Yes", "No", "null"])
  }

  @Test(arguments: ["Yes", "", "{\"answer\": \"Yes\"", "{\"reply\": \"Yes\"}", "[\"Yes\"]", "{\"answer\": 1}"])
  func whatIsNoSuchObjectIsNoAnswer(text: String) {
    #expect(SchemaAnswer.unwrapped(ModelAnswer(text: text)) == nil)
  }
}
