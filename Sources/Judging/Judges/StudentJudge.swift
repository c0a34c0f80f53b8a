import Captions
import Runtime
import Synchronization

/// Answers for another judge where a student of its labels is sure enough, and asks it about the rest.
///
/// The student learns from every label of the other judge. One in `auditing` of the captions of which it is sure is asked all
/// the same, which shows how often it is wrong; when it becomes less accurate than it should be, fewer of its guesses count as
/// sure. It starts without knowledge in every process, because its teacher's labels are in the learner's store, not here.
public final class StudentJudge: CaptionJudge {
  /// One in this many of the captions of which the student is sure is asked. Which ones follows from their text.
  static let auditing: UInt64 = 16

  private struct State {
    var student = TextStudent()
    var range: SureRange
    var statistics = StudentStatistics()
  }

  private let judge: any CaptionJudge
  private let state: Mutex<State>
  private let accuracy: Double

  /// - Parameter accuracy: share of the student's guesses that have to be right, and of the texts labelled 1 that it has to
  ///   find; below 1.
  public init(over judge: any CaptionJudge, accuracy: Double) {
    self.judge = judge
    self.accuracy = accuracy
    state = Mutex(State(range: SureRange(accuracy: accuracy)))
  }

  public var kind: String { judge.kind }
  public var version: String? { judge.version.map { "student 1 at \(accuracy), \($0)" } }
  public var concurrency: Int { judge.concurrency }
  public var report: String? { statistics.description }

  /// What the student has answered so far.
  public var statistics: StudentStatistics { state.withLock { $0.statistics } }

  public func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    let sanitised = SanitisedCaption(caption)
    guard sanitised.kind == .askable else { return try await judge.judge(caption, deadlineSeconds: deadlineSeconds) }
    let text = sanitised.text
    let (logOdds, guess) = state.withLock { state in
      let logOdds = state.student.logOdds(of: text)
      return (logOdds, state.range.guess(logOdds))
    }
    let isAudit = ByteHash.fnv1a(text.utf8) % Self.auditing == 0
    if let guess, !isAudit {
      state.withLock { $0.statistics.answered += 1 }
      return Judgement(
        .label(guess ? 1 : 0), logOdds: logOdds, asked: Array(text.utf8), evidence: LabelEvidence(model: "student"))
    }
    let judgement = try await judge.judge(caption, deadlineSeconds: deadlineSeconds)
    if case .label(let label) = judgement.verdict { learn(text, label, logOdds, guess) }
    return judgement
  }

  private func learn(_ text: String, _ label: Float, _ logOdds: Float, _ guess: Bool?) {
    let isPositive = label >= 0.5
    state.withLock { state in
      state.statistics.asked += 1
      if let guess {
        state.statistics.audited += 1
        if guess != isPositive { state.statistics.wrong += 1 }
      }
      state.range.compare(logOdds, isPositive: isPositive, weight: guess == nil ? 1 : Double(Self.auditing))
      state.student.learn(text, label: label)
    }
  }
}

/// Counts of a student's captions.
public struct StudentStatistics: Sendable, Hashable, CustomStringConvertible {
  /// Captions that the student answered.
  public var answered = 0
  /// Captions that its teacher labelled.
  public var asked = 0
  /// Captions that the teacher labelled although the student was sure, and how many of these guesses were wrong.
  public var audited = 0
  public var wrong = 0

  /// "the student answered 310 of 700 captions (44%); 2 of 20 audited guesses were wrong".
  public var description: String {
    let all = answered + asked
    let share = all > 0 ? " (\(100 * answered / all)%)" : ""
    return
      "the student answered \(answered) of \(all) captions\(share); \(wrong) of \(audited) audited guesses were wrong"
  }
}
