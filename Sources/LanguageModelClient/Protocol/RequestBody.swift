import Foundation
import Judging

/// The JSON body of a question: one prompt, one choice, no streaming.
struct RequestBody: Encodable {
  private struct Message: Encodable {
    var role: String
    var content: String
  }

  private struct StructuredOutputs: Encodable {
    var choice: [String]
  }

  private struct ResponseFormat: Encodable {
    struct Definition: Encodable {
      var name = SchemaAnswer.key
      var strict = true
      var schema: SchemaAnswer.Schema
    }

    private enum CodingKeys: String, CodingKey {
      case type
      case definition = "json_schema"
    }

    var type = "json_schema"
    var definition: Definition
  }

  /// A Boolean for chats, a number for completions.
  private enum LogProbabilities: Encodable {
    case chat
    case completion(Int)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .chat: try container.encode(true)
      case .completion(let count): try container.encode(count)
      }
    }
  }

  private enum CodingKeys: String, CodingKey {
    case model, messages, prompt, temperature, stream, stop, logprobs, grammar
    case maximumTokens = "max_tokens"
    case maximumCompletionTokens = "max_completion_tokens"
    case reasoningEffort = "reasoning_effort"
    case templateArguments = "chat_template_kwargs"
    case topLogProbabilities = "top_logprobs"
    case structuredOutputs = "structured_outputs"
    case guidedChoice = "guided_choice"
    case responseFormat = "response_format"
  }

  private let model: String
  private var messages: [Message]?
  private var prompt: String?
  private var maximumTokens: Int?
  private var maximumCompletionTokens: Int?
  private let temperature: Double?
  private let stream = false
  private let stop: [String]?
  private var logprobs: LogProbabilities?
  private var topLogProbabilities: Int?
  private var grammar: String?
  private var structuredOutputs: StructuredOutputs?
  private var guidedChoice: [String]?
  private var responseFormat: ResponseFormat?
  private var reasoningEffort: String?
  private var templateArguments: [String: TemplateArgument]?

  init(
    _ question: ModelQuestion, model: String, features: QuestionFeatures, thinking: ThinkingOptions = ThinkingOptions()
  ) {
    self.model = model
    temperature = features.hasTemperature ? question.temperature : nil
    stop = question.stops.isEmpty ? nil : question.stops
    switch question.input {
    case .chat(let turns):
      let turns = features.hasSystemRole ? turns : Self.withoutSystemRole(turns)
      messages = turns.map { Message(role: $0.role.rawValue, content: $0.text) }
      reasoningEffort = thinking.effort
      templateArguments = thinking.templateArguments.isEmpty ? nil : thinking.templateArguments
    case .completion(let text): prompt = text
    }
    if features.alternatives > 0 {
      switch question.endpoint {
      case .chat: (logprobs, topLogProbabilities) = (.chat, features.alternatives)
      case .completion: logprobs = .completion(features.alternatives)
      }
    }
    switch features.constraint {
    case .structuredOutputs: structuredOutputs = StructuredOutputs(choice: question.choices)
    case .grammar: grammar = AnswerConstraint.grammar(of: question.choices)
    case .guidedChoice: guidedChoice = question.choices
    case .responseFormat:
      responseFormat = ResponseFormat(definition: .init(schema: SchemaAnswer.Schema(question.choices)))
    case nil: break
    }
    let wrapping = features.constraint == .responseFormat ? SchemaAnswer.additionalTokens : 0
    let limit = question.maximumTokens + features.thinkingTokens + wrapping
    switch features.tokenLimit {
    case .maximumTokens: maximumTokens = limit
    case .maximumCompletionTokens: maximumCompletionTokens = limit
    }
  }

  /// The turns with the system's text before the user's first.
  private static func withoutSystemRole(_ turns: [ChatMessage]) -> [ChatMessage] {
    let instructions = turns.filter { $0.role == .system }.map(\.text)
    var rest = turns.filter { $0.role != .system }
    guard !instructions.isEmpty else { return rest }
    let text = instructions.joined(separator: "\n\n")
    if let first = rest.firstIndex(where: { $0.role == .user }) {
      rest[first].text = text + "\n\n" + rest[first].text
    } else {
      rest.append(ChatMessage(.user, text))
    }
    return rest
  }

  /// nil if the temperature is not finite.
  var json: Data? { try? JSONEncoder().encode(self) }
}
