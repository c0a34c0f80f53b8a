import Runtime

/// The fields of a response that the decoder reads. All are optional. A field that cannot be read counts as missing,
/// except for the choices and their texts.
struct ResponseBody: Decodable {
  struct Choice: Decodable {
    var index: Lenient<Int>?
    /// The message of a chat.
    var message: Message?
    /// The text of a completion.
    var text: String?
    var logprobs: Lenient<LogProbabilities>?
  }

  struct Message: Decodable {
    var content: Content?
    var refusal: Lenient<String>?
    private var reasoning: Lenient<String>?
    private var reasoningContent: Lenient<String>?

    private enum CodingKeys: String, CodingKey {
      case content, refusal, reasoning
      case reasoningContent = "reasoning_content"
    }

    /// What the model thought before it answered, if the server returns it separately.
    var thoughts: String? { reasoningContent?.value ?? reasoning?.value }
  }

  /// A text, or parts of which some are texts.
  struct Content: Decodable {
    private struct Part: Decodable {
      var type: Lenient<String>?
      var text: Lenient<String>?
    }

    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
        return
      }
      let parts = try container.decode([Part].self).filter { ($0.type?.value ?? "text").hasSuffix("text") }
      text = parts.compactMap { $0.text?.value }.joined()
    }
  }

  /// Counts of tokens: 0 if they cannot be read.
  struct Usage: Decodable {
    /// No server counts that many; a larger number is an error.
    private static let maximum = 1e9

    private var promptTokens: Lenient<Double>?
    private var answerTokens: Lenient<Double>?

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case answerTokens = "completion_tokens"
    }

    var prompt: Int { Self.count(promptTokens) }
    var answer: Int { Self.count(answerTokens) }

    private static func count(_ number: Lenient<Double>?) -> Int {
      guard let value = number?.value, value >= 0, value <= maximum else { return 0 }
      return Int(saturating: value)
    }
  }

  /// `content` in the form of chats, which llama.cpp gives for completions too; the others in that of completions.
  struct LogProbabilities: Decodable {
    var content: [ChatToken]?
    var tokens: [String]?
    var tokenLogProbabilities: [Double?]?
    var topLogProbabilities: [[String: Double]?]?

    private enum CodingKeys: String, CodingKey {
      case content, tokens
      case tokenLogProbabilities = "token_logprobs"
      case topLogProbabilities = "top_logprobs"
    }
  }

  struct ChatToken: Decodable {
    var token: String
    var logprob: Double
    var topLogProbabilities: [ChatAlternative]?

    private enum CodingKeys: String, CodingKey {
      case token, logprob
      case topLogProbabilities = "top_logprobs"
    }
  }

  struct ChatAlternative: Decodable {
    var token: String
    var logprob: Double
  }

  var choices: [Choice]?
  var model: Lenient<String>?
  var usage: Lenient<Usage>?
}

/// A value that is nil if it has another type.
struct Lenient<Value: Decodable>: Decodable {
  let value: Value?

  init(from decoder: any Decoder) throws { value = try? decoder.singleValueContainer().decode(Value.self) }
}

/// The response to GET /models: the protocol's object, or the list alone.
struct ModelList: Decodable {
  private struct Model: Decodable {
    var id: Lenient<String>?
    var name: Lenient<String>?
  }

  private struct Object: Decodable {
    var data: [Model]?
    var models: [Model]?
  }

  let names: [String]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let models: [Model]
    if let list = try? container.decode([Model].self) {
      models = list
    } else {
      let object = try container.decode(Object.self)
      models = object.data ?? object.models ?? []
    }
    names = models.compactMap { $0.id?.value ?? $0.name?.value }
  }
}
