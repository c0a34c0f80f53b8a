/// The fields that are read of a server's answer. Those whose absence or null is legal are optional; whatever else has
/// another type than the protocol says makes the whole unreadable.
struct ResponseBody: Decodable {
  struct Choice: Decodable {
    var index: Int?
    /// Of chats.
    var message: Message?
    /// Of completions.
    var text: String?
    var logprobs: LogProbabilities?
  }

  struct Message: Decodable {
    var content: String?
  }

  struct Usage: Decodable {
    var promptTokens: Int?
    var answerTokens: Int?

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case answerTokens = "completion_tokens"
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
  var model: String?
  var usage: Usage?
}

/// What GET /v1/models answers.
struct ModelList: Decodable {
  struct Model: Decodable {
    var id: String
  }

  var data: [Model]
}
