import FakeLanguageModel
import Foundation
import Judging
import Testing

@testable import LanguageModelClient

/// What servers and models do, from public reports, and what becomes of it: a label, an abstention with a reason, or a
/// refusal with a reason.
@Suite struct ConformanceTests {
  @Test(arguments: ServerBehaviour.all) func everyBehaviourEndsAsItShould(behaviour: ServerBehaviour) async throws {
    let server = try FakeLanguageModelServer { behaviour.reply(to: $0) }
    let lines = Lines()
    var options = LanguageModelOptions(servers: [server.url + behaviour.path], log: lines.add)
    options.model = behaviour.model
    options.thinking.tokens = 64
    options.requestTimeoutSeconds = amplySeconds
    options.connectTimeoutSeconds = amplySeconds
    let pool = try LanguageModelPool(options)
    let unreadable = UnreadableAnswers(log: lines.add)
    let judge = try PromptedJudge(
      model: pool, prompt: try Instruction(PromptLibrary.prompt(behaviour.prompt)),
      options: JudgeOptions(threshold: .word), unreadable: unreadable)
    let outcome = await Self.judge("You kill the newt!", judge, behaviour.deadlineSeconds)
    switch behaviour.expected {
    case .label(let hasLogOdds):
      #expect(outcome.label == 1, "\(outcome) \(lines.all)")
      #expect(outcome.hasLogOdds == hasLogOdds, "\(lines.all)")
      // A model that always says yes would pass.
      #expect(await Self.judge("You fall into a pit!", judge, amplySeconds).label == 0, "\(lines.all)")
    case .abstention(let reason):
      #expect(outcome.isAbstention, "\(outcome)")
      #expect(lines.text.contains(reason), "\(lines.all)")
    case .refusal(let reason):
      #expect(outcome.failure?.contains(reason) == true, "\(outcome)")
    }
    if let said = behaviour.logged { #expect(lines.text.contains(said), "\(lines.all)") }
  }

  private static func judge(_ caption: String, _ judge: PromptedJudge, _ deadlineSeconds: Double) async -> Outcome {
    do throws(ModelFailure) {
      let judgement = try await judge.judge(Array(caption.utf8), deadlineSeconds: deadlineSeconds)
      return Outcome(
        label: judgement.verdict.label, isAbstention: judgement.verdict == .abstain,
        hasLogOdds: judgement.logOdds != nil)
    } catch {
      return Outcome(failure: "\(error)")
    }
  }
}

private struct Outcome {
  var label: Float?
  var isAbstention = false
  var hasLogOdds = false
  var failure: String?
}

/// A server that answers with one deviation from the protocol, or one of its freedoms.
struct ServerBehaviour: Sendable, CustomTestStringConvertible {
  enum Expected: Sendable {
    /// The caption is labelled, with or without log-odds.
    case label(hasLogOdds: Bool)
    case abstention(String)
    case refusal(String)
  }

  var name: String
  var expected: Expected
  /// A part of what the log must say.
  var logged: String?
  var path = ""
  var model: String?
  var prompt = "default"
  /// Requests with any of these fields or field values are refused.
  var refuses: @Sendable (_ question: [String: Any]) -> Bool = { _ in false }
  var refusal: @Sendable () -> FakeReply = { .json(["error": ["message": "unsupported"]], status: 400) }
  /// The answer's text, given "Yes" or "No".
  var content: @Sendable (_ word: String) -> Any = { $0 }
  /// The tokens of the answer; nil for one token.
  var tokens: (@Sendable (_ word: String) -> [String])?
  var givesLogProbabilities = true
  /// Changes the whole response.
  var change: @Sendable (_ response: inout [String: Any]) -> Void = { _ in }
  /// Changes the bytes of the response.
  var encode: @Sendable (_ text: String) -> Data = { Data($0.utf8) }
  var status = 200
  /// The reply to GET; nil for a list of one model.
  var models: FakeReply?
  /// Shorter for failures that are repeated until the deadline.
  var deadlineSeconds = amplySeconds
  /// The path at which the chat endpoint is; elsewhere is nothing.
  var endpoint: String?

  var testDescription: String { name }

  init(_ name: String, _ expected: Expected, _ change: (inout ServerBehaviour) -> Void = { _ in }) {
    (self.name, self.expected) = (name, expected)
    change(&self)
  }

  func reply(to request: FakeRequest) -> FakeReply {
    if request.method == "GET" { return models ?? .json(["data": [["id": "fake"]]]) }
    if let endpoint, request.path != endpoint { return .json(["error": ["message": "Not Found"]], status: 404) }
    let question = request.json
    if refuses(question) { return refusal() }
    let prompt = (question["messages"] as? [[String: Any]] ?? []).compactMap { $0["content"] as? String }.joined()
    let word = prompt.contains("kill") && !prompt.contains("pit!") || prompt.contains("water wet") ? "Yes" : "No"
    let limit = (question["max_tokens"] ?? question["max_completion_tokens"]) as? Int ?? 16
    let wants = question["logprobs"] as? Bool == true && givesLogProbabilities
    var message: [String: Any] = ["role": "assistant", "content": content(word)]
    var words = [word]
    if let tokens {
      words = Array(tokens(word).prefix(limit))
      if message["content"] is String { message["content"] = words.joined() }
    }
    var choice: [String: Any] = ["index": 0, "finish_reason": "stop", "message": message]
    if wants { choice["logprobs"] = ["content": words.map(Self.token)] }
    var response: [String: Any] = [
      "id": "x", "object": "chat.completion", "model": "fake", "choices": [choice],
      "usage": ["prompt_tokens": 100, "completion_tokens": 1],
    ]
    change(&response)
    let json = (try? JSONSerialization.data(withJSONObject: response)) ?? Data()
    return .answer(status: status, body: encode(String(decoding: json, as: UTF8.self)))
  }

  private static func token(_ text: String) -> [String: Any] {
    var top: [[String: Any]] = [["token": text, "logprob": -0.1]]
    if ["Yes", "No"].contains(text) { top.append(["token": text == "Yes" ? "No" : "Yes", "logprob": -2.5]) }
    return ["token": text, "logprob": -0.1, "top_logprobs": top]
  }
}
