import Captions
import Runtime
import Transport
import Wire

/// What an annotator does with tasks. The service delivers tasks and sends the answers, on its own thread.
protocol TaskHandler: AnyObject {
  /// Captions that the handler could take now; 0 while it has enough.
  var freeCapacity: Int { get }
  /// Wakes the service's poll loop if `finished` may have new answers; nil for a handler that works only when called.
  var wakeUp: WakeUp? { get }
  /// The annotator's kind and version, for the log.
  var description: String { get }

  func begin(_ task: AnnotationTask, now: Double)

  /// Returns the answers that are due. The learner asks again about captions without an answer.
  func finished(now: Double) -> [Labels]

  /// The answer to a task is on the learner's disk.
  func acknowledged(_ task: UInt64)

  /// Time at which the service must call `finished` even if nothing wakes it, in seconds on the service's clock.
  func nextDeadline(now: Double) -> Double

  /// Drops every task. The learner gives the captions out again.
  func forgetAll()
}

/// A judgement of one entry of a task.
enum EntryJudgement: Sendable {
  case caption(Judgement)
  case pair(PairJudgement)

  var isAbstention: Bool {
    switch self {
    case .caption(let judgement): judgement.verdict == .abstain
    case .pair(let judgement): judgement.verdict == .abstain
    }
  }

  var evidence: LabelEvidence? {
    switch self {
    case .caption(let judgement): judgement.evidence
    case .pair(let judgement): judgement.evidence
    }
  }
}

/// A task that the annotator works on, with the judgements so far.
struct OpenTask {
  let task: AnnotationTask
  /// Time of arrival in seconds on the service's clock.
  let received: Double
  /// Kind and version of what judges this task.
  let origin: LabelOrigin
  /// One entry for each caption or pair of the task; nil if there is no judgement.
  private(set) var judgements: [EntryJudgement?]

  init(_ task: AnnotationTask, received: Double, origin: LabelOrigin) {
    self.task = task
    self.received = received
    self.origin = origin
    judgements = Array(repeating: nil, count: task.ids.count)
  }

  /// The time after which the learner gives the captions to other annotators.
  var expires: Double { received + task.deadlineSeconds }

  mutating func settle(_ index: Int, _ judgement: EntryJudgement?) { judgements[index] = judgement }

  /// The message with all judgements so far; nil if there are none.
  func labels(now: Double) -> Labels? {
    var answers: [CaptionAnswer] = []
    var pairAnswers: [PairAnswer] = []
    for (index, judgement) in judgements.enumerated() {
      switch judgement {
      case .caption(let judgement)?: answers.append(CaptionAnswer(task.ids[index], judgement))
      case .pair(let judgement)?:
        pairAnswers.append(PairAnswer(CaptionPair(task.ids[index], task.partners[index]), judgement))
      case nil: continue
      }
    }
    let seconds = now - received
    if !answers.isEmpty {
      return Labels(task: task.task, origin: origin, answers: answers, latencySeconds: seconds)
    }
    if !pairAnswers.isEmpty {
      return Labels(task: task.task, origin: origin, pairAnswers: pairAnswers, latencySeconds: seconds)
    }
    return nil
  }
}
