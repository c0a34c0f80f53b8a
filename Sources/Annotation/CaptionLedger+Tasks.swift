extension CaptionLedger {
  /// Gives out the newest queued captions as one task.
  /// - Parameters:
  ///   - count: how many the annotator asked for; cut to `maximumTaskCaptions`.
  ///   - task: a number that no other task of this run had.
  ///   - now: seconds.
  ///   - deadlineSeconds: how long the annotator may take.
  /// - Returns: the captions, newest first; empty, and no task exists, when nothing is queued.
  public mutating func take(
    _ count: Int, for annotator: String, task: UInt64, now: Double, deadlineSeconds: Double
  ) -> [CaptionID] {
    precondition(tasks[task] == nil && lapsed[task] == nil, "task \(task) was given out before")
    var captions: [CaptionID] = []
    let wanted = min(max(count, 0), Self.maximumTaskCaptions, queue.count)
    captions.reserveCapacity(wanted)
    while captions.count < wanted, let id = queue.popNewest() {
      phases[Int(id)] = .inFlight
      holders[id] = task
      captions.append(id)
    }
    if !captions.isEmpty {
      tasks[task] = Task(annotator: annotator, deadline: now + deadlineSeconds, captions: captions)
    }
    return captions
  }

  /// Takes in an annotator's answer to a task, and closes the task: what it left out is queued again.
  ///
  /// The answer to a task that has lapsed counts as long as nobody else took the caption: a slow annotator is slow,
  /// not wrong, and refusing it would never label anything.
  public mutating func complete(_ task: UInt64, by annotator: String, answers: [Answer]) -> TaskCompletion {
    var completion = TaskCompletion()
    let isOpen = tasks[task]?.annotator == annotator
    let asked = isOpen ? [] : Set(lapsed[task]?.annotator == annotator ? lapsed[task]?.captions ?? [] : [])
    for answer in answers {
      if let reason = refusal(of: answer, to: task, isOpen: isOpen, lapsedCaptions: asked) {
        completion.refused.append(TaskCompletion.Refusal(caption: answer.caption, reason: reason))
      } else {
        if !isOpen { counters.late += 1 }
        settle(answer.caption, answer.verdict)
        completion.accepted.append(answer)
      }
    }
    counters.refused += completion.refused.count
    if isOpen, let closed = tasks.removeValue(forKey: task) {
      completion.unanswered = giveBack(closed, of: task)
      counters.unanswered += completion.unanswered
    }
    return completion
  }

  /// Takes back all captions of an annotator that is gone.
  /// - Returns: its open tasks, by number.
  @discardableResult
  public mutating func release(_ annotator: String) -> [LapsedTask] {
    let released = lapse { $0.annotator == annotator }
    counters.released += released.reduce(0) { $0 + $1.captions }
    return released
  }

  /// Takes back the captions of every task whose deadline has come.
  /// - Parameter now: seconds, on the clock of `take`.
  /// - Returns: those tasks, by number.
  @discardableResult
  public mutating func expire(now: Double) -> [LapsedTask] {
    let expired = lapse { $0.deadline <= now }
    counters.expired += expired.reduce(0) { $0 + $1.captions }
    return expired
  }

  /// When the next open task expires, in seconds on the clock of `take`; nil when none is open.
  public var nextDeadline: Double? { tasks.values.lazy.map(\.deadline).min() }

  /// Queues every abstained caption again, for an annotator that may know better.
  /// - Returns: how many.
  @discardableResult
  public mutating func retryAbstained() -> Int {
    var count = 0
    for id in 1..<phases.count where phases[id] == .settled && labels[id].isNaN {
      phases[id] = .queued
      queue.insert(CaptionID(id))
      count += 1
    }
    counters.abstained -= count
    return count
  }

  // MARK: Parts

  /// Why an answer cannot be accepted; nil when it can.
  private func refusal(
    of answer: Answer, to task: UInt64, isOpen: Bool, lapsedCaptions: Set<CaptionID>
  ) -> RefusalReason? {
    guard isOpen || !lapsedCaptions.isEmpty else { return .unknownTask }
    guard isKnown(answer.caption) else { return .notAsked }
    if case .label(let value) = answer.verdict, !value.isFinite { return .notFinite }
    if isOpen {
      if holders[answer.caption] == task { return nil }
      return phases[Int(answer.caption)] == .settled ? .alreadyAnswered : .notAsked
    }
    guard lapsedCaptions.contains(answer.caption) else { return .notAsked }
    switch phases[Int(answer.caption)] {
    case .queued: return nil
    case .inFlight: return .heldByAnother
    case .settled: return .alreadyAnswered
    }
  }

  /// Moves a caption from wherever it is to its verdict.
  mutating func settle(_ id: CaptionID, _ verdict: Verdict) {
    switch phases[Int(id)] {
    case .queued: queue.remove(id)
    case .inFlight: holders[id] = nil
    case .settled where labels[Int(id)].isNaN: counters.abstained -= 1
    case .settled: counters.labelled -= 1
    }
    phases[Int(id)] = .settled
    switch verdict {
    case .label(let value):
      labels[Int(id)] = value
      counters.labelled += 1
    case .abstain:
      labels[Int(id)] = .nan
      counters.abstained += 1
    }
  }

  /// Queues what a task still holds; returns how many.
  private mutating func giveBack(_ closed: Task, of task: UInt64) -> Int {
    var count = 0
    for id in closed.captions where holders[id] == task {
      holders[id] = nil
      phases[Int(id)] = .queued
      queue.insert(id)
      count += 1
    }
    return count
  }

  /// Ends the open tasks that `condition` names and remembers them for late answers.
  private mutating func lapse(where condition: (Task) -> Bool) -> [LapsedTask] {
    let ended = tasks.filter { condition($0.value) }.keys.sorted()
    return ended.compactMap { number in
      guard let task = tasks.removeValue(forKey: number) else { return nil }
      let count = giveBack(task, of: number)
      if lapsedOrder.count == Self.maximumLapsedTasks { lapsed[lapsedOrder.removeFirst()] = nil }
      lapsed[number] = task
      lapsedOrder.append(number)
      return LapsedTask(task: number, annotator: task.annotator, captions: count)
    }
  }
}
