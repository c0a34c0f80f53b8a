import Foundation

/// Faults of servers and of the network between them and their clients. A closed
/// port is `FakeLanguageModelServer.stop`.
public enum FakeFault: String, Sendable, CaseIterable {
  case hang, drip, cutMidBody, cutBeforeBody
  case tooManyRequests, internalError, loading, redirect, badGateway
  case garbageBytes, invalidJSON, emptyBody, jsonOfAnotherKind
  case hugeBody, hugeDeclaredBody, hugeHeader
  case errorInsteadOfAnswer, noChoices, twoChoices, wrongIndex, missingText, textOfAnotherType
  case notANumber, positiveLogProbability, endlessLogProbability, unequalCounts

  public func reply() -> FakeReply {
    switch self {
    case .hang: .silence
    case .drip: .drip(body: Data(Self.chat("Yes").utf8), secondsPerByte: 0.02)
    case .cutMidBody: .bytes(FakeReply.head(status: 200, headers: [], length: 500) + Data("{\"choices\": [".utf8))
    case .cutBeforeBody: .bytes(Data())
    case .tooManyRequests:
      .json(["error": ["message": "slow down"]], status: 429, headers: ["Retry-After: 1"])
    case .internalError: .json(["error": NSNull()], status: 500)
    case .loading:
      .json(["error": ["message": "Loading model", "type": "unavailable_error", "code": 503]], status: 503)
    case .redirect: .answer(status: 302, headers: ["Location: http://127.0.0.1:1/"], body: Data())
    case .badGateway: .answer(status: 502, body: Data("<html><h1>502 Bad Gateway</h1></html>".utf8))
    case .garbageBytes: .bytes(Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }))
    case .invalidJSON: .json("{\"choices\": [{\"message\": {\"content\": \"Yes\"")
    case .emptyBody: .json("")
    case .jsonOfAnotherKind: .json("[1, \"Yes\", null]")
    case .hugeBody: .flood(byteCount: 100_000_000, isDeclared: false)
    case .hugeDeclaredBody: .flood(byteCount: 100_000_000, isDeclared: true)
    case .hugeHeader:
      .answer(status: 200, headers: (0..<20).map { "X-\($0): " + String(repeating: "x", count: 8000) }, body: Data())
    case .errorInsteadOfAnswer: .json("{\"error\": \"out of memory\"}")
    case .noChoices: .json("{\"choices\": []}")
    case .twoChoices: .json(Self.response(Self.choice("Yes") + ", " + Self.choice("No", index: 1)))
    case .wrongIndex: .json(Self.response(Self.choice("Yes", index: 3)))
    case .missingText: .json(Self.response("{\"index\": 0, \"message\": {\"content\": null}}"))
    case .textOfAnotherType: .json(Self.response("{\"index\": 0, \"message\": {\"content\": 1}}"))
    case .notANumber: .json(Self.chat("Yes", logProbability: "NaN"))
    case .positiveLogProbability: .json(Self.chat("Yes", logProbability: "0.5"))
    case .endlessLogProbability: .json(Self.chat("Yes", logProbability: "-1e999"))
    case .unequalCounts:
      .json(
        Self.response(
          "{\"index\": 0, \"message\": {\"content\": \"Yes\"}, \"logprobs\":"
            + " {\"tokens\": [\"Yes\", \".\"], \"token_logprobs\": [-1], \"top_logprobs\": [{\"Yes\": -1}]}}"))
    }
  }

  /// A correct chat response with this text.
  public static func chat(_ text: String, logProbability: String = "-0.5") -> String {
    response(choice(text, logProbability: logProbability))
  }

  private static func choice(_ text: String, index: Int = 0, logProbability: String = "-0.5") -> String {
    "{\"index\": \(index), \"message\": {\"role\": \"assistant\", \"content\": \"\(text)\"}, \"logprobs\": {\"content\": "
      + "[{\"token\": \"\(text)\", \"logprob\": \(logProbability), \"top_logprobs\": "
      + "[{\"token\": \"\(text)\", \"logprob\": \(logProbability)}]}]}}"
  }

  private static func response(_ choices: String) -> String { "{\"model\": \"fake-1b\", \"choices\": [\(choices)]}" }
}
