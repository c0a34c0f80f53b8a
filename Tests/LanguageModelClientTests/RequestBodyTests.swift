import Foundation
import Judging
import Testing

@testable import LanguageModelClient

@Suite struct RequestBodyTests {
  private func fields(
    _ question: ModelQuestion, _ alternatives: Int = 0, _ constraint: AnswerConstraint? = nil
  ) throws -> NSDictionary {
    let features = QuestionFeatures(alternatives: alternatives, constraint: constraint)
    let json = try #require(RequestBody(question, model: "m", features: features).json)
    return try #require(JSONSerialization.jsonObject(with: json) as? NSDictionary)
  }

  @Test func aChatIsWrittenAsTheProtocolSays() throws {
    var question = ModelQuestion.yesOrNo
    question.temperature = 0.5
    question.stops = ["\n"]
    let expected: NSDictionary = [
      "model": "m", "max_tokens": 1, "temperature": 0.5, "stream": false, "stop": ["\n"], "logprobs": true,
      "top_logprobs": 7,
      "messages": [["role": "system", "content": "Say Yes or No."], ["role": "user", "content": "Is it?"]],
    ]
    #expect(try fields(question, 7) == expected)
  }

  @Test func aCompletionIsWrittenAsTheProtocolSays() throws {
    let question = ModelQuestion(.completion("Is \"it\"?"), maximumTokens: 3)
    let expected: NSDictionary = [
      "model": "m", "max_tokens": 3, "temperature": 0, "stream": false, "prompt": "Is \"it\"?",
    ]
    #expect(try fields(question) == expected)
    #expect(try fields(question, 4)["logprobs"] as? Int == 4)
  }

  @Test func choicesAreWrittenInOneOfFourWays() throws {
    let question = ModelQuestion(.completion(""), maximumTokens: 1, choices: ["a", "b\"\\\n"])
    #expect(try fields(question)["grammar"] == nil)
    #expect(try fields(question, 0, .grammar)["grammar"] as? String == #"root ::= "a" | "b\"\\\n""#)
    #expect(
      try fields(question, 0, .structuredOutputs)["structured_outputs"] as? NSDictionary == [
        "choice": ["a", "b\"\\\n"]
      ])
    #expect(try fields(question, 0, .guidedChoice)["guided_choice"] as? [String] == ["a", "b\"\\\n"])
    let expected: NSDictionary = [
      "type": "json_schema",
      "json_schema": [
        "name": "answer", "strict": true,
        "schema": [
          "type": "object", "properties": ["answer": ["type": "string", "enum": ["a", "b\"\\\n"]]],
          "required": ["answer"], "additionalProperties": false,
        ],
      ],
    ]
    let written = try fields(question, 0, .responseFormat)
    #expect(written["response_format"] as? NSDictionary == expected)
    #expect(written["max_tokens"] as? Int == 1 + SchemaAnswer.additionalTokens)
  }

  @Test func aTemperatureThatIsNoNumberCannotBeWritten() {
    let question = ModelQuestion(.completion(""), maximumTokens: 1, temperature: .nan)
    #expect(RequestBody(question, model: "m", features: QuestionFeatures(alternatives: 0)).json == nil)
  }
}
