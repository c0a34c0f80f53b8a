import FakeLanguageModel
import Foundation

extension [String: Any] {
  /// Changes the first choice of a response.
  fileprivate mutating func changeChoice(_ change: (inout [String: Any]) -> Void) {
    guard var choices = self["choices"] as? [[String: Any]] else { return }
    change(&choices[0])
    self["choices"] = choices
  }

  fileprivate mutating func changeMessage(_ change: (inout [String: Any]) -> Void) {
    changeChoice { choice in
      var message = choice["message"] as? [String: Any] ?? [:]
      change(&message)
      choice["message"] = message
    }
  }
}

extension ServerBehaviour {
  static let all = refusals + responses + texts + thoughts + tags + addresses

  /// A server that refuses a field with a status.
  private static func refusing(
    _ field: String, _ status: Int, logged: String, hasLogOdds: Bool = true,
    when refuses: @escaping @Sendable ([String: Any]) -> Bool
  ) -> ServerBehaviour {
    ServerBehaviour("\(field) refused with \(status)", .label(hasLogOdds: hasLogOdds)) {
      $0.refuses = refuses
      $0.refusal = { .json(["error": ["message": "no \(field) here"]], status: status) }
      $0.logged = logged
    }
  }

  private static let refusals: [ServerBehaviour] =
    [400, 403, 404, 422, 500, 501].map { status in
      refusing("logprobs", status, logged: "no logprobs here", hasLogOdds: false) { $0["logprobs"] != nil }
    }
    + [400, 500].map { status in
      refusing("system role", status, logged: "no system role here") { question in
        (question["messages"] as? [[String: Any]] ?? []).contains { $0["role"] as? String == "system" }
      }
    } + [
      refusing("max_tokens", 400, logged: "max_completion_tokens") { $0["max_tokens"] != nil },
      refusing("temperature", 400, logged: "refuses a temperature") { $0["temperature"] != nil },
      refusing("20 alternatives", 400, logged: "5 alternatives") { ($0["top_logprobs"] as? Int ?? 0) > 5 },
      refusing("5 alternatives", 400, logged: "1 alternatives") { ($0["top_logprobs"] as? Int ?? 0) > 1 },
      ServerBehaviour("everything refused", .refusal("account is closed")) {
        $0.refuses = { _ in true }
        $0.refusal = { .json(["error": ["message": "your account is closed"]], status: 403) }
      },
      ServerBehaviour("wrong key", .refusal("status 401: Missing API key")) {
        $0.refuses = { _ in true }
        $0.refusal = { .json(["error": ["message": "Missing API key"]], status: 401) }
      },
      ServerBehaviour("error in a 200", .refusal("status 402: No credits left")) {
        $0.refuses = { _ in true }
        $0.refusal = { .json(["error": ["message": "No credits left", "code": 402]]) }
      },
      ServerBehaviour("quota used up in a 200", .refusal("in time")) {
        $0.refuses = { _ in true }
        $0.refusal = { .json(["error": ["message": "rate limited", "code": "429"]]) }
        $0.deadlineSeconds = 1
      },
      ServerBehaviour("redirect", .refusal("status 307")) {
        $0.refuses = { _ in true }
        $0.refusal = { .answer(status: 307, headers: ["Location: http://127.0.0.1:1/"], body: Data()) }
      },
      ServerBehaviour("login page", .refusal("<!DOCTYPE html>")) {
        $0.refuses = { _ in true }
        $0.refusal = { .json("<!DOCTYPE html><html><body>Sign in</body></html>") }
      },
    ]

  private static func response(
    _ name: String, hasLogOdds: Bool = true, _ change: @escaping @Sendable (inout [String: Any]) -> Void
  ) -> ServerBehaviour {
    ServerBehaviour(name, .label(hasLogOdds: hasLogOdds)) { $0.change = change }
  }

  private static let responses: [ServerBehaviour] = [
    response("as the protocol says") { _ in },
    response("no usage") { $0["usage"] = nil },
    response("usage null") { $0["usage"] = NSNull() },
    response("usage with fractions") { $0["usage"] = ["prompt_tokens": 100.5, "completion_tokens": 1.0] },
    response("usage as texts") { $0["usage"] = ["prompt_tokens": "100", "completion_tokens": "1"] },
    response("usage beyond all numbers") { $0["usage"] = ["prompt_tokens": UInt64.max, "completion_tokens": Int.max] },
    response("usage below zero") { $0["usage"] = ["prompt_tokens": -1] },
    response("no model") { $0["model"] = nil },
    response("model of another type") { $0["model"] = 3 },
    response("no index") { response in response.changeChoice { $0["index"] = nil } },
    response("index as a text") { response in response.changeChoice { $0["index"] = "0" } },
    response("text in parts") { response in
      response.changeMessage { $0["content"] = [["type": "text", "text": $0["content"] ?? ""]] }
    },
    response("unknown fields") { response in
      response.changeMessage { $0.merge(["tool_calls": [], "refusal": NSNull(), "audio": NSNull()]) { $1 } }
    },
    response("log-probabilities above 0", hasLogOdds: false) { response in
      response.changeChoice {
        $0["logprobs"] = ["content": [["token": "Yes", "logprob": 12.5, "top_logprobs": []]]]
      }
    },
    response("log-probabilities as a text", hasLogOdds: false) { response in
      response.changeChoice { $0["logprobs"] = "none" }
    },
    response("a special token first") { response in
      response.changeChoice { choice in
        guard var content = (choice["logprobs"] as? [String: Any])?["content"] as? [[String: Any]] else { return }
        content.insert(["token": "", "logprob": 0.0, "top_logprobs": []], at: 0)
        choice["logprobs"] = ["content": content]
      }
    },
    response("ids instead of tokens", hasLogOdds: false) { response in
      response.changeChoice { choice in
        guard choice["logprobs"] != nil else { return }
        choice["logprobs"] = ["content": [["token": "token_id:9454", "logprob": -0.1, "top_logprobs": []]]]
      }
    },
    ServerBehaviour("no log-probabilities", .label(hasLogOdds: false)) { $0.givesLogProbabilities = false },
    ServerBehaviour("status 201", .label(hasLogOdds: true)) { $0.status = 201 },
    ServerBehaviour("byte-order mark", .label(hasLogOdds: true)) { $0.encode = { Data("\u{FEFF}\($0)".utf8) } },
    ServerBehaviour("white space around", .label(hasLogOdds: true)) { $0.encode = { Data("\n\n  \n\($0)\n".utf8) } },
    ServerBehaviour("infinity is no JSON", .label(hasLogOdds: false)) {
      $0.encode = { Data($0.replacing("-2.5", with: "-Infinity").utf8) }
    },
    ServerBehaviour("choices null", .refusal("no choices")) { $0.change = { $0["choices"] = NSNull() } },
    ServerBehaviour("text null", .refusal("no text")) {
      $0.change = { response in response.changeMessage { $0["content"] = NSNull() } }
    },
    ServerBehaviour("refusal of the model", .abstention("I cannot help")) {
      $0.change = { response in
        response.changeMessage { ($0["content"], $0["refusal"]) = (NSNull(), "I cannot help with that.") }
        response.changeChoice { $0["logprobs"] = nil }
      }
    },
  ]

  /// An answer in this form, without log-probabilities.
  private static func text(_ name: String, _ content: @escaping @Sendable (String) -> String) -> ServerBehaviour {
    ServerBehaviour("text: \(name)", .label(hasLogOdds: false)) {
      ($0.content, $0.givesLogProbabilities) = (content, false)
    }
  }

  private static func unreadable(_ name: String, _ reason: String, _ text: String) -> ServerBehaviour {
    ServerBehaviour("text: \(name)", .abstention(reason)) {
      ($0.content, $0.givesLogProbabilities) = ({ _ in text }, false)
    }
  }

  private static let texts: [ServerBehaviour] = [
    text("bold") { "**\($0)**" }, text("full stop") { $0 + "." }, text("lower case") { $0.lowercased() },
    text("upper case") { $0.uppercased() + "!" }, text("Answer:") { "Answer: \($0)" },
    text("a sentence") { "The answer is \($0)." }, text("fence") { "```\n\($0)\n```" },
    text("fence with language") { "```text\n\($0)\n```" }, text("object") { "{\"answer\": \"\($0)\"}" },
    text("object in a fence") { "```json\n{\"answer\": \"\($0)\"}\n```" },
    text("with a reason") { "\($0), because it is a clear gain." }, text("spaces") { "\n\n  \($0)" },
    text("no-break space") { "\u{A0}\($0)" }, text("space without width") { "\u{200B}\($0)" },
    text("byte-order mark") { "\u{FEFF}\($0)" }, text("quotes") { "\u{201C}\($0)\u{201D}" },
    text("boxed") { "\\boxed{\($0)}" }, text("closing mark") { "\($0)<|im_end|>" }, text("BPE mark") { "Ġ\($0)" },
    text("heading") { "# \($0)" }, text("list") { "- \($0)" }, text("numbered list") { "1. \($0)" },
    text("tag") { "<answer>\($0)</answer>" }, text("role") { "assistant\n\($0)" },
    text("full width") { $0 == "Yes" ? "Ｙｅｓ" : "Ｎｏ" },
    unreadable("another language", "neither Yes nor No", "Ja"), unreadable("empty", "no word", ""),
    unreadable("another word", "\"maybe\" is neither", "Maybe"), unreadable("both words", "no word", "Yes or No? Yes"),
    unreadable("apology", "neither Yes nor No", "I'm sorry, but I can't assist with that."),
  ]

  private static func thinking(
    _ name: String, hasLogOdds: Bool = true, _ tokens: @escaping @Sendable (String) -> [String]
  ) -> ServerBehaviour {
    ServerBehaviour("thoughts: \(name)", .label(hasLogOdds: hasLogOdds)) {
      ($0.tokens, $0.logged) = (tokens, "thinks before it answers")
    }
  }

  private static let thoughts: [ServerBehaviour] = [
    thinking("empty") { ["<think>", "\n\n", "</think>", "\n\n", $0] },
    thinking("long") { ["<think>", "\n"] + Array(repeating: "Okay, ", count: 30) + ["</think>", "\n\n", $0] },
    thinking("without an opening mark") { ["Okay", " so", "\n", "</think>", "\n\n", $0] },
    ServerBehaviour("thoughts: without an opening mark, of any length", .label(hasLogOdds: true)) {
      $0.content = { "Okay so \n</think>\n\n\($0)" }
      $0.change = { response in
        response.changeChoice { choice in
          guard let content = (choice["logprobs"] as? [String: Any])?["content"] as? [[String: Any]] else { return }
          let before = ["Okay", " so", "\n", "</think>", "\n\n"].map {
            ["token": $0, "logprob": -0.1] as [String: Any]
          }
          choice["logprobs"] = ["content": before + content]
        }
      }
    },
    ServerBehaviour("thoughts: channels", .label(hasLogOdds: false)) {
      $0.content = { "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>\($0)" }
      $0.givesLogProbabilities = false
    },
    ServerBehaviour("thoughts: in a field of their own", .label(hasLogOdds: true)) {
      $0.change = { response in response.changeMessage { $0["reasoning_content"] = "hm" } }
    },
    ServerBehaviour("thoughts: counted among the tokens", .label(hasLogOdds: true)) {
      $0.change = { response in
        response.changeMessage { $0["reasoning_content"] = "Okay so" }
        response.changeChoice { choice in
          guard let content = (choice["logprobs"] as? [String: Any])?["content"] as? [[String: Any]] else { return }
          let before = ["Okay", " so", "</think>"].map { ["token": $0, "logprob": -0.1] as [String: Any] }
          choice["logprobs"] = ["content": before + content]
        }
      }
    },
    ServerBehaviour("thoughts: without an end", .abstention("language_model.thinking_tokens")) {
      $0.tokens = { _ in ["<think>"] + Array(repeating: "Okay ", count: 5000) }
    },
    ServerBehaviour("thoughts: text null", .abstention("language_model.thinking_tokens")) {
      $0.change = { response in
        response.changeMessage { ($0["content"], $0["reasoning_content"]) = (NSNull(), "Okay, the user") }
      }
    },
    ServerBehaviour("thoughts: text empty", .abstention("language_model.thinking_tokens")) {
      $0.change = { response in response.changeMessage { ($0["content"], $0["reasoning"]) = ("", "Okay") } }
    },
  ]

  private static func tagged(_ name: String, _ content: @escaping @Sendable (_ label: String) -> String)
    -> ServerBehaviour
  {
    ServerBehaviour("tag: \(name)", .label(hasLogOdds: false)) {
      $0.content = { content($0 == "Yes" ? "FOO" : "BAR") }
      ($0.givesLogProbabilities, $0.prompt) = (false, "tagged")
    }
  }

  private static let tags: [ServerBehaviour] = [
    tagged("as asked") { "<knowledge>x</knowledge>\n<analysis>y</analysis>\n<label>\($0)</label>" },
    tagged("lower case") { "<label>\($0.lowercased())</label>" }, tagged("quotes") { "<label>\"\($0)\"</label>" },
    tagged("emphasis in a fence") { "```xml\n<label>**\($0)**</label>\n```" },
    tagged("upper-case tag") { "<LABEL>\($0)</LABEL>" },
    tagged("after thoughts that name tags") {
      "<think>It must be <label>FOO</label> or <label>BAR</label>.</think>\n<label>\($0)</label>"
    },
    tagged("the last one counts") { "First <label>BAR</label>, no: <label>\($0)</label>" },
  ]

  private static func address(
    _ name: String, _ path: String, endpoint: String, _ change: (inout ServerBehaviour) -> Void = { _ in }
  ) -> ServerBehaviour {
    ServerBehaviour("address: \(name)", .label(hasLogOdds: true)) {
      ($0.path, $0.endpoint) = (path, endpoint)
      change(&$0)
    }
  }

  private static let addresses: [ServerBehaviour] = [
    address("without a path", "", endpoint: "/v1/chat/completions"),
    address("with a slash", "/", endpoint: "/v1/chat/completions"),
    address("with its version", "/v1", endpoint: "/v1/chat/completions"),
    address("with a version inside", "/v1beta/openai", endpoint: "/v1beta/openai/chat/completions") {
      $0.models = .json(["data": [["id": "models/gemini-x"]]])
      $0.model = "gemini-x"
    },
    address("with a path", "/gateway", endpoint: "/gateway/chat/completions"),
    address("with a path before the version", "/gateway", endpoint: "/gateway/v1/chat/completions"),
    address("of the endpoint", "/v1/chat/completions", endpoint: "/v1/chat/completions"),
    address("without models", "", endpoint: "/v1/chat/completions") {
      $0.models = .json(["detail": "Not Found"], status: 404)
      $0.model = "fake"
    },
    address("models as a list", "", endpoint: "/v1/chat/completions") { $0.models = .json([["id": "fake"]]) },
    ServerBehaviour("address: of nothing", .refusal("/elsewhere/v1")) {
      ($0.path, $0.endpoint) = ("/elsewhere/v1", "/")
    },
    ServerBehaviour("address: models null", .refusal("none")) { $0.models = .json(["data": NSNull()]) },
    ServerBehaviour("address: several models", .refusal("one model has to be configured")) {
      $0.models = .json(["data": [["id": "a"], ["id": "b"]]])
    },
  ]
}
