import Runtime

@testable import Captions

/// A naive caption ledger: dictionaries, and a scan for every operation.
struct NaiveLedger {
  struct Task {
    var annotator: String
    var deadline: Double
    var asked: Set<CaptionID>
  }

  let options: LedgerOptions
  var captions: [[UInt8]] = []
  /// By question.
  var states: [CaptionID: CaptionState] = [:]
  var sightings: [CaptionID: UInt32] = [:]
  /// By question.
  var scores: [CaptionID: Float] = [:]
  var tasks: [UInt64: Task] = [:]
  var lapsed: [(task: UInt64, value: Task)] = []
  var counters = LedgerStatistics()
  private var generator: SplitMix64
  private var bucket: TokenBucket?
  private var templates: [[UInt8]] = []
  /// By caption, in order: the number of its template among the templates.
  private var questions: [CaptionID] = []

  init(_ options: LedgerOptions) {
    self.options = options
    generator = SplitMix64(seed: options.seed)
    bucket = options.budget.labelsPerSecond.map { TokenBucket(perSecond: $0) }
  }

  var statistics: LedgerStatistics {
    var now = counters
    now.seen = captions.count
    now.questions = states.count
    now.queued = states.values.count { $0 == .queued }
    now.inFlight = states.values.count { if case .inFlight = $0 { true } else { false } }
    now.labelled = states.values.count { if case .labelled = $0 { true } else { false } }
    now.abstained = states.values.count { $0 == .abstained }
    return now
  }

  func question(of id: CaptionID) -> CaptionID {
    !options.sharing.isEmpty && id > 0 && id <= captions.count ? questions[Int(id) - 1] : id
  }

  func members(of question: CaptionID) -> [CaptionID] {
    guard !options.sharing.isEmpty else { return [question] }
    return captions.indices.map { CaptionID($0 + 1) }.filter { self.question(of: $0) == question }
  }

  func state(of id: CaptionID) -> CaptionState? { id <= captions.count ? states[question(of: id)] : nil }

  mutating func intern(_ caption: [UInt8], sightings count: UInt32) -> CaptionID? {
    if caption.isEmpty { return 0 }
    if let index = captions.firstIndex(of: caption) {
      sightings[CaptionID(index + 1), default: 0] += count
      return CaptionID(index + 1)
    }
    guard captions.count < options.capacity else {
      counters.overflowed += 1
      return nil
    }
    captions.append(caption)
    let id = CaptionID(captions.count)
    let shown = options.sharing.contains(.shownTexts) ? Array(SanitisedCaption(caption).text.utf8) : caption
    let template = CaptionTemplate.of(shown)
    if !templates.contains(template) { templates.append(template) }
    questions.append(CaptionID((templates.firstIndex(of: template) ?? 0) + 1))
    if states[question(of: id)] == nil { states[question(of: id)] = .queued }
    sightings[id] = count
    return id
  }

  mutating func setUncertainty(_ score: Float, of id: CaptionID) {
    if id > 0, id <= captions.count { scores[question(of: id)] = score }
  }

  var exhaustion: AskingBudget.Exhaustion? {
    if let limit = options.budget.labels, counters.labelsReceived + counters.abstentionsReceived >= limit {
      return .labels
    }
    return (options.budget.tokens ?? .max) <= counters.tokens ? .tokens : nil
  }

  mutating func take(_ count: Int, _ annotator: String, _ task: UInt64, now: Double, seconds: Double) -> [CaptionID] {
    var allowance = max(count, 0)
    if exhaustion != nil { allowance = 0 }
    if let limit = options.budget.labels {
      let now = statistics
      allowance = min(allowance, max(0, limit - now.labelsReceived - now.abstentionsReceived - now.inFlight))
    }
    if exhaustion == nil, let available = bucket?.available(now: now) { allowance = min(allowance, available) }
    var taken: [CaptionID] = []
    while taken.count < allowance, let question = nextQuestion() {
      states[question] = .inFlight(task: task)
      taken.append(members(of: question).max() ?? question)
    }
    bucket?.take(taken.count)
    counters.asked += taken.count
    if !taken.isEmpty { tasks[task] = Task(annotator: annotator, deadline: now + seconds, asked: Set(taken)) }
    return taken
  }

  /// The next question, found by a scan of all queued ones.
  private mutating func nextQuestion() -> CaptionID? {
    let queued = states.filter { $0.value == .queued }.keys
    guard !queued.isEmpty else { return nil }
    let order = options.order
    let share = order.isMixed ? Double(generator.next() >> 11) * 0x1p-53 : 0.5
    let choice = order.choice(share)
    return queued.max { left, right in
      let keys = [left, right].map { question -> Float in
        switch choice {
        case .newest: 0
        case .frequent: Float(members(of: question).reduce(0) { $0 + (sightings[$1] ?? 0) })
        case .effect:
          AskingOrder.effect(
            of: members(of: question).reduce(0) { $0 + (sightings[$1] ?? 0) }, scores[question] ?? .nan)
        case .uncertain: scores[question].map { $0.isNaN ? .infinity : $0 } ?? .infinity
        }
      }
      return keys[0] != keys[1] ? keys[0] < keys[1] : left < right
    }
  }

  mutating func complete(_ task: UInt64, _ annotator: String, _ answers: [CaptionAnswer], tokens: Int) -> TaskCompletion
  {
    counters.tokens += tokens
    var completion = TaskCompletion()
    let open = tasks[task]?.annotator == annotator
    let old = open ? nil : lapsed.first { $0.task == task && $0.value.annotator == annotator }?.value
    for answer in answers {
      var reason: RefusalReason?
      let state = state(of: answer.caption)
      if !open && old == nil {
        reason = .unknownTask
      } else if state == nil {
        reason = .notAsked
      } else if case .label(let value) = answer.verdict, !value.isFinite {
        reason = .notFinite
      } else if open && !(state == .inFlight(task: task) && tasks[task]?.asked.contains(answer.caption) == true) {
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
        if !open {
          counters.late += 1
          counters.returned -= 1
        }
        if answer.verdict == .abstain { counters.abstentionsReceived += 1 } else { counters.labelsReceived += 1 }
        states[question(of: answer.caption)] = verdictState(answer.verdict)
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
      if lapsed.count > TaskBook.maximumLapsed { lapsed.removeFirst() }
    }
    return count
  }

  mutating func restore(_ caption: [UInt8], _ verdict: Verdict) {
    guard let id = intern(caption, sightings: 0), id > 0 else { return }
    if case .inFlight = state(of: id) { counters.returned += 1 }
    states[question(of: id)] = verdictState(verdict)
  }

  private mutating func requeue(_ task: UInt64) -> Int {
    let held = states.filter { $0.value == .inFlight(task: task) }.keys
    for id in held { states[id] = .queued }
    counters.returned += held.count
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

extension CaptionLedger {
  /// Number of sightings of a caption; nil for an unknown id.
  func sightingCount(of id: CaptionID) -> UInt32? {
    id > 0 && Int(id) < sightings.count ? sightings[Int(id)] : nil
  }
}
