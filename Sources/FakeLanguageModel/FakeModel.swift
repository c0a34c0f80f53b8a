import Foundation

/// Answers like an OpenAI-compatible server with one model. Its options reproduce the differences between servers.
public struct FakeModel: Sendable {
  public var name = "fake-1b"
  /// The models that GET /v1/models lists; nil lists `name` only.
  public var listed: [String]?
  /// The constraint fields that the server honours; it ignores the others.
  public var honours: Set<String> = []
  /// Fields that are answered with status 400.
  public var refuses: Set<String> = []
  public var givesLogProbabilities = true
  /// Alternatives per token, 3 or more.
  public var alternatives = 3
  /// Maximum number of alternatives per request; more are answered with status 400.
  public var maximumAlternatives = 20
  /// The required key. Others are answered with status 401, which quotes them.
  public var key: String?
  public var latencySeconds = 0.0
  /// The answer to a prompt without constraints.
  public var text: @Sendable (_ prompt: String) -> String = { $0.contains("capital of France") ? "Paris" : "Yes" }

  public init() {}

  public func reply(to request: FakeRequest) -> FakeReply {
    if let key, request.headers["authorization"] != "Bearer \(key)" {
      let shown = request.headers["authorization"] ?? "nothing"
      return .json(["error": ["message": "Incorrect API key provided: \(shown)."]], status: 401)
    }
    if request.path == "/v1/models" {
      return .json(["object": "list", "data": (listed ?? [name]).map { ["id": $0, "object": "model"] }])
    }
    let question = request.json
    if let field = refuses.sorted().first(where: { question[$0] != nil }) {
      return .json(["error": ["message": "unknown field \(field)", "code": 400]], status: 400)
    }
    guard question["top_logprobs"] as? Int ?? 0 <= maximumAlternatives else {
      return .json(["error": "at most \(maximumAlternatives) log-probabilities"], status: 400)
    }
    switch request.path {
    case "/v1/chat/completions": return chat(question)
    case "/v1/completions": return completion(question)
    default: return .json(["detail": "Not Found"], status: 404)
    }
  }

  private func chat(_ question: [String: Any]) -> FakeReply {
    let messages = question["messages"] as? [[String: Any]] ?? []
    let answer = answer(question, messages.compactMap { $0["content"] as? String }.joined(separator: "\n"))
    let isWrapped = honours.contains("response_format") && question["response_format"] != nil
    var choice: [String: Any] = [
      "index": 0, "finish_reason": "length",
      "message": ["role": "assistant", "content": isWrapped ? "{\"answer\": \"\(answer)\"}" : answer],
    ]
    choice["logprobs"] = NSNull()
    if givesLogProbabilities, question["logprobs"] as? Bool == true {
      let top = self.alternatives(answer).map { ["token": $0.0, "logprob": $0.1] as [String: Any] }
      let token = ["token": answer, "logprob": -0.25, "top_logprobs": top] as [String: Any]
      let around = { (text: String) in ["token": text, "logprob": 0, "top_logprobs": []] as [String: Any] }
      choice["logprobs"] = [
        "content": isWrapped ? [around("{\"answer"), around("\": \""), token, around("\"}")] : [token]
      ]
    }
    return reply("chat.completion", choice)
  }

  private func completion(_ question: [String: Any]) -> FakeReply {
    let answer = answer(question, question["prompt"] as? String ?? "")
    var choice: [String: Any] = ["index": 0, "finish_reason": "length", "text": answer]
    choice["logprobs"] = NSNull()
    if givesLogProbabilities, question["logprobs"] as? Int ?? 0 > 0 {
      let top = Dictionary(uniqueKeysWithValues: self.alternatives(answer))
      choice["logprobs"] = ["tokens": [answer], "token_logprobs": [-0.25], "top_logprobs": [top]] as [String: Any]
    }
    return reply("text_completion", choice)
  }

  private func reply(_ object: String, _ choice: [String: Any]) -> FakeReply {
    .json(
      [
        "id": "fake-1", "object": object, "model": name, "choices": [choice],
        "usage": ["prompt_tokens": 11, "completion_tokens": 1, "total_tokens": 12],
      ], afterSeconds: latencySeconds)
  }

  private func alternatives(_ answer: String) -> [(String, Double)] {
    let rest = (3..<max(alternatives, 3)).map { ("token \($0)", -4 - Double($0)) }
    return [(answer, -0.25), (answer == "No" ? "Yes" : "No", -1.75), ("Maybe", -3.5)] + rest
  }

  private func answer(_ question: [String: Any], _ prompt: String) -> String {
    for field in honours.sorted() {
      if let choice = Self.firstChoice(field, question[field]) { return choice }
    }
    return text(prompt)
  }

  private static func firstChoice(_ field: String, _ value: Any?) -> String? {
    switch field {
    case "structured_outputs": ((value as? [String: Any])?["choice"] as? [String])?.first
    case "guided_choice": (value as? [String])?.first
    case "response_format":
      (((((value as? [String: Any])?["json_schema"] as? [String: Any])?["schema"] as? [String: Any])?["properties"]
        as? [String: Any])?["answer"] as? [String: Any])?["enum"].flatMap { ($0 as? [String])?.first }
    case "grammar": (value as? String)?.split(separator: "\"", maxSplits: 2).dropFirst().first.map(String.init)
    default: nil
    }
  }
}
