@testable import Annotation

/// The caption ledger as one would write it for five captions: dictionaries, and a scan for everything.
struct NaiveLedger {
  struct Task {
    var annotator: String
    var deadline: Double
    var asked: Set<CaptionID>
  }

  let capacity: Int
  var captions: [[UInt8]] = []
  var states: [CaptionID: CaptionState] = [:]
  var sightings: [CaptionID: UInt32] = [:]
  var tasks: [UInt64: Task] = [:]
  var lapsed: [(task: UInt64, value: Task)] = []
  var counters = LedgerStatistics()

  var statistics: LedgerStatistics {
    var now = counters
    now.seen = captions.count
    now.queued = states.values.count { $0 == .queued }
    now.inFlight = states.values.count { if case .inFlight = $0 { true } else { false } }
    now.labelled = states.values.count { if case .labelled = $0 { true } else { false } }
    now.abstained = states.values.count { $0 == .abstained }
    return now
  }

  mutating func intern(_ caption: [UInt8], sightings count: UInt32) -> CaptionID? {
    if caption.isEmpty { return 0 }
    if let index = captions.firstIndex(of: caption) {
      sightings[CaptionID(index + 1), default: 0] += count
      return CaptionID(index + 1)
    }
    guard captions.count < capacity else {
      counters.overflowed += 1
      return nil
    }
    captions.append(caption)
    let id = CaptionID(captions.count)
    states[id] = .queued
    sightings[id] = count
    return id
  }

  mutating func take(_ count: Int, _ annotator: String, _ task: UInt64, now: Double, seconds: Double) -> [CaptionID] {
    let newest = states.filter { $0.value == .queued }.keys.sorted(by: >).prefix(max(count, 0))
    for id in newest { states[id] = .inFlight(task: task) }
    if !newest.isEmpty { tasks[task] = Task(annotator: annotator, deadline: now + seconds, asked: Set(newest)) }
    return Array(newest)
  }

  mutating func complete(_ task: UInt64, _ annotator: String, _ answers: [Answer]) -> TaskCompletion {
    var completion = TaskCompletion()
    let open = tasks[task]?.annotator == annotator
    let old = open ? nil : lapsed.first { $0.task == task && $0.value.annotator == annotator }?.value
    for answer in answers {
      var reason: RefusalReason?
      let state = states[answer.caption]
      if !open && old == nil {
        reason = .unknownTask
      } else if state == nil {
        reason = .notAsked
      } else if case .label(let value) = answer.verdict, !value.isFinite {
        reason = .notFinite
      } else if open && state != .inFlight(task: task) {
        reason = isSettled(state) ? .alreadyAnswered : .notAsked
      } else if let old, !old.asked.contains(answer.caption) {
        reason = .notAsked
      } else if old != nil && state != .queued {
        reason = isSettled(state) ? .alreadyAnswered : .heldByAnother
      }
      if let reason {
        completion.refused.append(TaskCompletion.Refusal(caption: answer.caption, reason: reason))
        counters.refused += 1
      } else {
        if !open { counters.late += 1 }
        states[answer.caption] = verdictState(answer.verdict)
        completion.accepted.append(answer)
      }
    }
    if open {
      completion.unanswered = requeue(task)
      counters.unanswered += completion.unanswered
      tasks[task] = nil
    }
    return completion
  }

  mutating func lapse(where condition: (Task) -> Bool) -> Int {
    var count = 0
    for (number, task) in tasks.sorted(by: { $0.key < $1.key }) where condition(task) {
      count += requeue(number)
      tasks[number] = nil
      lapsed.append((number, task))
      if lapsed.count > CaptionLedger.maximumLapsedTasks { lapsed.removeFirst() }
    }
    return count
  }

  mutating func retryAbstained() -> Int {
    let abstained = states.filter { $0.value == .abstained }.keys
    for id in abstained { states[id] = .queued }
    return abstained.count
  }

  mutating func restore(_ caption: [UInt8], _ verdict: Verdict) {
    if let id = intern(caption, sightings: 0), id > 0 { states[id] = verdictState(verdict) }
  }

  private mutating func requeue(_ task: UInt64) -> Int {
    let held = states.filter { $0.value == .inFlight(task: task) }.keys
    for id in held { states[id] = .queued }
    return held.count
  }

  private func verdictState(_ verdict: Verdict) -> CaptionState {
    switch verdict {
    case .label(let value): .labelled(value)
    case .abstain: .abstained
    }
  }

  private func isSettled(_ state: CaptionState?) -> Bool {
    switch state {
    case .labelled, .abstained: true
    default: false
    }
  }
}
