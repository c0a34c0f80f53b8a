import Runtime
import Captions
import Transport
import Wire

/// Judges a whole task at once, with an annotator that has nobody to ask. One task at a time; the next is asked for when
/// the labels of the last are on the learner's disk.
final class ImmediateTaskHandler: TaskHandler {
  private var annotator: any CaptionAnnotator
  private let schedule: AnswerSchedule
  private let capacity: Int
  private let log: @Sendable (String) -> Void
  /// Its task, and when its answer is to be sent; nil: never (an outage).
  private var inHand: (task: TaskInHand, due: Double?)?
  private var unacknowledged: UInt64?

  init(
    _ annotator: any CaptionAnnotator, schedule: AnswerSchedule, capacity: Int,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.annotator = annotator
    self.schedule = schedule
    self.capacity = capacity
    self.log = log
  }

  var room: Int { inHand == nil && unacknowledged == nil ? capacity : 0 }
  var wakeUp: WakeUp? { nil }
  var description: String { "\(annotator.kind) \(annotator.version)" }

  func begin(_ task: AnnotationTask, now: Double) {
    inHand = (TaskInHand(task, received: now), schedule.answerTime(arrival: now))
  }

  func finished(now: Double) -> [Labels] {
    guard let (task, due) = inHand else { return [] }
    if let due, now >= due {
      inHand = nil
      return answer(task, now)
    }
    if now >= task.expires {
      inHand = nil
      log("gave up task \(task.task.task): no answer within \(task.task.deadlineSeconds) s")
    }
    return []
  }

  private func answer(_ inHand: TaskInHand, _ now: Double) -> [Labels] {
    var task = inHand
    // Pairs are for annotators with a model: who cannot compare leaves them unanswered.
    guard task.task.partners.isEmpty else { return [] }
    for (index, caption) in task.task.captions.enumerated() {
      task.judgements[index] = Judgement(annotator.annotate(caption))
    }
    guard let labels = task.labels(kind: annotator.kind, version: annotator.version, now: now) else { return [] }
    unacknowledged = labels.task
    return [labels]
  }

  func acknowledged(_ task: UInt64) { if unacknowledged == task { unacknowledged = nil } }

  func nextDeadline(now: Double) -> Double {
    inHand.map { min($0.due ?? $0.task.expires, $0.task.expires) } ?? .infinity
  }

  func forgetAll() {
    inHand = nil
    unacknowledged = nil
  }
}
