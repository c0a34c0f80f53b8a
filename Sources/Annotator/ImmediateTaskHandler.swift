import Captions
import GameRules
import Runtime
import Transport
import Wire

/// Judges a whole task at once, with an annotator that waits for nothing. It holds one task at a time and asks for the
/// next one when the labels of the previous task are on the learner's disk.
final class ImmediateTaskHandler: TaskHandler {
  private var annotator: any CaptionAnnotator
  private let schedule: AnswerSchedule
  private let capacity: Int
  private let log: @Sendable (String) -> Void
  /// The task and the time of its answer; nil if an outage prevents the answer.
  private var current: (task: OpenTask, due: Double?)?
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

  var freeCapacity: Int { current == nil && unacknowledged == nil ? capacity : 0 }
  var wakeUp: WakeUp? { nil }
  var description: String { "\(annotator.kind) \(annotator.version)" }

  func begin(_ task: AnnotationTask, now: Double) {
    let origin = LabelOrigin(kind: annotator.kind, version: annotator.version)
    current = (OpenTask(task, received: now, origin: origin), schedule.answerTime(arrival: now))
  }

  func finished(now: Double) -> [Labels] {
    guard let (task, due) = current else { return [] }
    if let due, now >= due {
      current = nil
      return answer(task, now)
    }
    if now >= task.expires {
      current = nil
      log("dropped task \(task.task.task): no answer within \(task.task.deadlineSeconds) s")
    }
    return []
  }

  private func answer(_ open: OpenTask, _ now: Double) -> [Labels] {
    var open = open
    // Only annotators with a model compare pairs. Others leave tasks of pairs unanswered.
    guard open.task.partners.isEmpty else { return [] }
    for (index, caption) in open.task.captions.enumerated() {
      open.settle(index, .caption(Judgement(annotator.annotate(caption))))
    }
    guard let labels = open.labels(now: now) else { return [] }
    unacknowledged = labels.task
    return [labels]
  }

  func acknowledged(_ task: UInt64) { if unacknowledged == task { unacknowledged = nil } }

  func nextDeadline(now: Double) -> Double {
    current.map { min($0.due ?? $0.task.expires, $0.task.expires) } ?? .infinity
  }

  func forgetAll() {
    current = nil
    unacknowledged = nil
  }
}
