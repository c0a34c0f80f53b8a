import Foundation
import Runtime

@testable import Judging

/// A language model whose answers are a function of the question: no network, the same every time.
final class ScriptedModel: LanguageModel {
  let concurrency: Int
  let name: String?
  private let script: @Sendable (ModelQuestion) throws(ModelFailure) -> ModelAnswer
  private let log = Locked<[ModelQuestion]>([])

  init(
    concurrency: Int = 4, name: String? = "m",
    _ script: @escaping @Sendable (ModelQuestion) throws(ModelFailure) -> ModelAnswer
  ) {
    self.name = name
    self.concurrency = concurrency
    self.script = script
  }

  func answer(_ question: ModelQuestion, deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer {
    log.with { $0.append(question) }
    return try script(question)
  }

  var questions: [ModelQuestion] { log.with { $0 } }
}

/// A value behind a lock.
final class Locked<Value: Sendable>: @unchecked Sendable {
  // Every access to `value` holds the lock.
  private var value: Value
  private let lock = NSLock()

  init(_ value: Value) { self.value = value }

  func with<Result>(_ body: (inout Value) -> Result) -> Result { lock.withLock { body(&value) } }
}

extension ModelQuestion {
  /// What the model is told, without the message.
  var instructions: String {
    switch input {
    case .chat(let turns): turns.dropLast().map(\.text).joined(separator: "\n")
    case .completion(let text): text
    }
  }

  /// The message it is asked about, between the last `[[` and `]]`; without a reminder behind it.
  var message: String {
    guard case .chat(let turns) = input, let turn = turns.last(where: { $0.text.contains("[[") }),
      let start = turn.text.range(of: "[[", options: .backwards),
      let end = turn.text.range(of: "]]", options: .backwards)
    else { return "" }
    return String(turn.text[start.upperBound..<end.lowerBound])
  }
}

extension ModelAnswer {
  /// A one-token answer with this log-odds between two words, as a server gives it.
  static func oneToken(logOdds: Double, words: [String] = ["Yes", "No"]) -> ModelAnswer {
    let positive = 1 / (1 + exp(-logOdds))
    let alternatives = [(words[0], positive), (words[1], 1 - positive)].filter { $0.1 > 0 }
      .map { Alternative(text: $0.0, logProbability: log($0.1)) }.sorted { $0.logProbability > $1.logProbability }
    return ModelAnswer(
      text: alternatives[0].text, tokens: [Token(text: alternatives[0].text, alternatives: alternatives)],
      promptTokens: 90, answerTokens: 1, model: "scripted", server: "http://nowhere", latencySeconds: 0.1)
  }
}

/// Numbers that depend on a seed and a text alone.
enum Draw {
  /// 0 ..< 1.
  static func uniform(_ text: String, seed: UInt64) -> Double {
    let bytes = Array(text.utf8)
    return Double(bytes.withUnsafeBufferPointer { ByteHash.fast($0, seed: seed) } >> 11) * 0x1p-53
  }

  /// Mean 0, variance 1 (Box-Muller).
  static func normal(_ text: String, seed: UInt64) -> Double {
    let radius = (-2 * log(1 - uniform(text, seed: seed))).squareRoot()
    return radius * cos(2 * .pi * uniform(text, seed: seed &+ 0x9E37))
  }
}

/// Captions that no rule and no sanitiser changes, every other one progress.
func plainCaptions(_ count: Int) -> [(text: String, label: Bool)] {
  (0..<count).map { ("The \($0 % 2 == 0 ? "good" : "dull") thing number \($0) happened.", $0 % 2 == 0) }
}
