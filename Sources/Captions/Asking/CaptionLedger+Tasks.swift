extension CaptionLedger {
  /// Gives out queued captions as one task, in the ledger's order and within its budget.
  /// - Parameters:
  ///   - count: how many the annotator asked for; cut to `maximumTaskCaptions`.
  ///   - task: a number that no other task of this run had.
  ///   - now: seconds.
  ///   - deadlineSeconds: how long the annotator may take.
  /// - Returns: the captions, first asked first; empty, and no task exists, when nothing is queued or the budget gives
  ///   nothing now.
  public mutating func take(
    _ count: Int, for annotator: String, task: UInt64, now: Double, deadlineSeconds: Double
  ) -> [CaptionID] {
    precondition(tasks[task] == nil && lapsed[task] == nil, "task \(task) was given out before")
    var captions: [CaptionID] = []
    let wanted = min(max(count, 0), Self.maximumTaskCaptions, queue.count, allowance(now: now))
    captions.reserveCapacity(wanted)
    while captions.count < wanted, let question = queue.pop() {
      let caption = caption(asking: question)
      phases[Int(question)] = .inFlight
      holders[question] = Holder(task: task, caption: caption)
      captions.append(caption)
    }
    if !captions.isEmpty {
      tasks[task] = Task(annotator: annotator, deadline: now + deadlineSeconds, captions: captions)
      counters.asked += captions.count
      bucket?.take(captions.count)
    }
    return captions
  }

  /// Takes in an annotator's answer to a task, and closes the task: what it left out is queued again.
  ///
  /// The answer to a task that has lapsed counts as long as nobody else took the caption: a slow annotator is slow,
  /// not wrong, and refusing it would never label anything.
  /// - Parameter tokens: what question and answer took, accepted or not: it is spent.
  public mutating func complete(
    _ task: UInt64, by annotator: String, answers: [Answer], tokens: Int = 0
  ) -> TaskCompletion {
    counters.tokens += max(tokens, 0)
    var completion = TaskCompletion()
    let isOpen = tasks[task]?.annotator == annotator
    let asked = isOpen ? [] : Set(lapsed[task]?.annotator == annotator ? lapsed[task]?.captions ?? [] : [])
    for answer in answers {
      if let reason = refusal(of: answer, to: task, isOpen: isOpen, lapsedCaptions: asked) {
        completion.refused.append(TaskCompletion.Refusal(caption: answer.caption, reason: reason))
      } else {
        receive(answer, isLate: !isOpen)
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
    for question in 1..<QuestionID(phases.count) {
      guard phases[Int(question)] == .settled, labels[Int(question)].isNaN else { continue }
      enqueue(question)
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
    let question = question(of: answer.caption)
    let phase = phases[Int(question)]
    if isOpen {
      if holders[question] == Holder(task: task, caption: answer.caption) { return nil }
      return phase == .settled ? .alreadyAnswered : .notAsked
    }
    guard lapsedCaptions.contains(answer.caption) else { return .notAsked }
    switch phase {
    case .queued: return nil
    case .inFlight: return .heldByAnother
    case .settled: return .alreadyAnswered
    }
  }

  /// Takes in an answer that counts.
  private mutating func receive(_ answer: Answer, isLate: Bool) {
    let question = question(of: answer.caption)
    // Its caption had come to nothing before, and comes to something after all.
    if isLate { (counters.late, counters.returned) = (counters.late + 1, counters.returned - 1) }
    holders[question] = nil
    switch answer.verdict {
    case .label: counters.labelsReceived += 1
    case .abstain: counters.abstentionsReceived += 1
    }
    settle(question, answer.verdict)
  }

  /// Moves a question from wherever it is to its verdict.
  mutating func settle(_ question: QuestionID, _ verdict: Verdict) {
    switch phases[Int(question)] {
    case .queued: queue.remove(question)
    // Asked for nothing, if somebody else had the verdict first.
    case .inFlight: if holders.removeValue(forKey: question) != nil { counters.returned += 1 }
    case .settled where labels[Int(question)].isNaN: counters.abstained -= 1
    case .settled: counters.labelled -= 1
    }
    phases[Int(question)] = .settled
    switch verdict {
    case .label(let value):
      labels[Int(question)] = value
      counters.labelled += 1
    case .abstain:
      labels[Int(question)] = .nan
      counters.abstained += 1
    }
  }

  /// Queues what a task still holds; returns how many.
  private mutating func giveBack(_ closed: Task, of task: UInt64) -> Int {
    var count = 0
    for caption in closed.captions {
      let question = question(of: caption)
      guard holders[question]?.task == task else { continue }
      holders[question] = nil
      enqueue(question)
      count += 1
    }
    counters.returned += count
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
