import Configuration
import Foundation
import Runtime
import TextPolicy
import TextTasks
import TextTraining

/// A question and the answer of a text policy, token by token: what `tengu eval --record` writes and `tengu replay` shows.
public struct TextRecord: Sendable, Hashable, Codable {
  public static let currentFormat = "tengu-text-answer 1"
  /// Larger files are refused; a text has at most 4096 tokens.
  public static let maximumFileBytes = 1 << 20

  /// One token.
  public struct Token: Sendable, Hashable, Codable {
    public var text: String
    /// Its log-probability if the policy wrote it, nil if the task did.
    public var log: Float?
  }

  public var format = TextRecord.currentFormat
  /// Such as "text:chain", and the difficulty; 0 for the task's own.
  public var task: String
  public var difficulty: Int
  public var question: String
  /// Everything after the question.
  public var tokens: [Token]
  public var isLegal: Bool
  public var isRight: Bool

  public init(_ rollout: TextRollout, of subject: TextPolicyUnderTest) {
    (task, difficulty) = (subject.configuration.environment.task, subject.configuration.text.difficulty)
    question = rollout.problem.prompt
    let text = rollout.sequence
    tokens = (question.count..<max(text.count, question.count)).map {
      Token(text: Vocabulary.text([text.tokens[$0]]), log: text.isChosen[$0] ? text.old[$0] : nil)
    }
    (isLegal, isRight) = (rollout.verdict.isLegal, rollout.verdict.isRight)
  }

  /// Reads a file.
  /// - Returns: nil if it is no answer of a text policy.
  public init?(path: String) {
    guard let bytes = try? PosixFileSystem().read(path, maximumBytes: Self.maximumFileBytes),
      let record = try? JSONDecoder().decode(TextRecord.self, from: Data(bytes)),
      record.format == Self.currentFormat
    else { return nil }
    self = record
  }

  public func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  /// The question, a line for each token, and what the task says of the answer now.
  /// - Throws: `ConfigurationError` if there is no such task or question, or if the task judges the answer otherwise than when it
  ///   was recorded.
  public func lines() throws(ConfigurationError) -> [String] {
    guard task.hasPrefix("text:"), let named = NamedTask(rawValue: String(task.dropFirst(5))),
      let known = named.make(difficulty: difficulty == 0 ? nil : difficulty),
      let problem = known.problem(prompt: question)
    else { throw ConfigurationError(["\(task) of difficulty \(difficulty) asks no question \"\(question)\""]) }
    var written = tokens.map(\.text).joined()
    let isComplete = written.last == Vocabulary.end
    if isComplete { written.removeLast() }
    let verdict = isComplete ? known.verdict(problem, written) : .illegal
    guard (verdict.isLegal, verdict.isRight) == (isLegal, isRight) else {
      throw ConfigurationError(["\(task) judges the answer \"\(written)\" otherwise than when it was recorded"])
    }
    return ["\(task): \(question)"]
      + tokens.map { token in
        token.log.map { "  \(token.text)  \(String(format: "%.4f", $0))" } ?? "  \(token.text)  the task's"
      } + ["\(written): \(isRight ? "right" : isLegal ? "wrong" : "illegal")"]
  }
}
