import Synchronization

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
