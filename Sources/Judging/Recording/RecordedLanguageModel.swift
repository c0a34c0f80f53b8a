import Runtime
import Synchronization

/// What a recording finds an answer by: a digest of everything that a server receives, and the number of the answer among
/// those to the same question.
public struct QuestionKey: Sendable, Hashable {
  public let value: UInt64

  /// - Parameter sample: 0 for the first answer to this question.
  public init(_ question: ModelQuestion, sample: Int = 0) {
    var parts: [String]
    switch question.input {
    case .chat(let turns): parts = turns.flatMap { [$0.role.rawValue, $0.text] }
    case .completion(let text): parts = ["completion", text]
    }
    parts += [
      "\(question.maximumTokens)", "\(question.temperature)", "\(question.topAlternatives)",
      question.stops.joined(separator: "/"), "\(sample)",
    ]
    value = parts.reduce(ByteHash.fnv1a([])) { ByteHash.fnv1a($1.utf8 + [0], continuing: $0) }
  }
}

/// A language model that answers from a recording. Equal questions get the recorded answers in their order.
public final class RecordedLanguageModel: LanguageModel {
  public let concurrency = 1
  public var name: String? { recording.model }

  private let recording: AnswerRecording
  /// How often each question was asked.
  private let asked = Mutex<[QuestionKey: Int]>([:])

  public init(_ recording: AnswerRecording) { self.recording = recording }

  /// - Throws: `.unavailable` if the recording has no such answer.
  public func answer(_ question: ModelQuestion, deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer {
    let first = QuestionKey(question)
    let sample = asked.withLock { counts in
      defer { counts[first, default: 0] += 1 }
      return counts[first] ?? 0
    }
    guard let answer = recording[QuestionKey(question, sample: sample)] else {
      throw .unavailable("the recording of \(recording.model) has no answer number \(sample + 1) to this question")
    }
    return answer
  }
}
