import Runtime

/// Owns the state of every caption of a run. One owner makes sure that no caption is asked twice at a time and that
/// none is lost.
///
/// The ledger is a value without sockets or clock: callers pass the time as seconds on any monotonic clock.
/// `LedgerOptions.order` says what is asked first, by default the caption that was seen for the first time most
/// recently. An operation on a caption takes logarithmic time at most, and amortised constant time if only the newest
/// count.
///
/// The ledger asks questions. A question is a caption, unless captions share theirs (`LedgerOptions.sharing`): then the
/// ledger asks the newest of them, and the answer holds for all.
public struct CaptionLedger: Sendable {
  /// Largest capacity of a ledger, in distinct captions: about 800 MB at 60 bytes each.
  public static let maximumCaptions = 10_000_000
  /// The ledger cuts longer captions to this length, as environments do.
  public static let maximumCaptionBytes = CaptionTable.maximumCaptionBytes
  /// Captions per task at most, whatever capacity an annotator claims.
  public static let maximumTaskCaptions = 4_096

  public let options: LedgerOptions

  private var table = CaptionTable()
  /// Which captions share a question; nil if none do.
  private var groups: QuestionGroups?
  private var questions: QuestionBook
  private var budget: BudgetMeter
  /// By caption.
  private(set) var sightings: [UInt32] = [0]
  private var tasks = TaskBook()
  private var counters = LedgerStatistics()

  public init(_ options: LedgerOptions = LedgerOptions()) {
    precondition(
      (1...Self.maximumCaptions).contains(options.capacity), "capacity must be in 1 ... \(Self.maximumCaptions)")
    self.options = options
    questions = QuestionBook(order: options.order, seed: options.seed)
    budget = BudgetMeter(options.budget)
    groups = options.sharing.isEmpty ? nil : QuestionGroups(options.sharing)
  }

  /// - Parameter capacity: distinct captions at most, 1 ... `maximumCaptions`.
  public init(capacity: Int) {
    var options = LedgerOptions()
    options.capacity = capacity
    self.init(options)
  }

  // MARK: Captions

  /// The id of a caption. A new caption is queued. The empty caption has the id 0 and is neither asked nor counted.
  /// - Parameter sightings: how often the caption was seen; 0 if the caller counts separately.
  /// - Returns: nil if the caption is new and the ledger is full (counted as `overflowed`).
  public mutating func intern(_ caption: UnsafeBufferPointer<UInt8>, sightings seen: UInt32 = 1) -> CaptionID? {
    guard !caption.isEmpty else { return 0 }
    let cut = Self.cut(caption)
    guard let (id, isNew) = table.intern(cut, limit: options.capacity) else {
      counters.overflowed += 1
      return nil
    }
    if isNew { add(id, cut) }
    countSightings(seen, of: id)
    return id
  }

  /// The id of a caption; see `intern` for buffers.
  public mutating func intern(_ caption: [UInt8], sightings: UInt32 = 1) -> CaptionID? {
    caption.withUnsafeBufferPointer { intern($0, sightings: sightings) }
  }

  /// The id of a caption that the ledger holds; 0 for the empty caption, nil for an unseen one. Counts no sighting.
  public func find(_ caption: [UInt8]) -> CaptionID? {
    guard !caption.isEmpty else { return 0 }
    return caption.withUnsafeBufferPointer { table.find(Self.cut($0)) }
  }

  /// Adds sightings of a known caption; stops at `UInt32.max`.
  public mutating func countSightings(_ count: UInt32, of id: CaptionID) {
    guard isKnown(id), count > 0 else { return }
    let (sum, overflow) = sightings[Int(id)].addingReportingOverflow(count)
    sightings[Int(id)] = overflow ? .max : sum
    let question = question(of: id)
    groups?.count(count, of: question)
    questions.count(sightings(ofQuestion: question), of: question)
  }

  /// The bytes of a caption; empty for 0, nil for an unknown id.
  public func bytes(of id: CaptionID) -> [UInt8]? {
    if id == 0 { return [] }
    return isKnown(id) ? table.withBytes(of: id) { Array($0) } : nil
  }

  /// The state of a caption; nil for 0 and for unknown ids.
  public func state(of id: CaptionID) -> CaptionState? {
    isKnown(id) ? questions.state(of: question(of: id)) : nil
  }

  /// The label of a caption; nil unless it is labelled.
  public func label(of id: CaptionID) -> Float? {
    guard isKnown(id) else { return nil }
    let label = questions.label(of: question(of: id))
    return label.isNaN ? nil : label
  }

  /// Calls `body` with every labelled caption, oldest first, for example to train a reward model after a resume.
  public func forEachLabel(_ body: (CaptionID, Float) throws -> Void) rethrows {
    for id in 1..<CaptionID(sightings.count) {
      if let label = label(of: id) { try body(id, label) }
    }
  }

  /// The captions that share this caption's answer, including itself, newest first; empty for unknown ids.
  public func captionsSharing(_ id: CaptionID) -> [CaptionID] {
    guard isKnown(id) else { return [] }
    return groups?.captions(of: question(of: id)) ?? [id]
  }

  /// The template of this caption's question; nil if captions of one template do not share theirs.
  public func template(of id: CaptionID) -> [UInt8]? {
    isKnown(id) ? groups?.template(of: question(of: id)) : nil
  }

  /// Tells the ledger how uncertain the label of a caption would be, for `AskingOrder.uncertain` and `effect`. It has no
  /// effect if both weights are 0. If captions share a question, the latest score counts.
  /// - Parameter score: captions with a higher score are asked sooner; NaN is unknown.
  public mutating func setUncertainty(_ score: Float, of id: CaptionID) {
    guard isKnown(id) else { return }
    let question = question(of: id)
    questions.setUncertainty(score, of: question, sightings: sightings(ofQuestion: question))
  }

  // MARK: Tasks

  /// Gives out queued captions as one task, in the ledger's order and within its budget.
  /// - Parameters:
  ///   - count: captions that the annotator can take; at most `maximumTaskCaptions` are given out.
  ///   - task: a number that no other task of this run has.
  ///   - now: seconds.
  ///   - deadlineSeconds: time that the annotator has.
  /// - Returns: the captions in the order of asking. If it is empty there is no task, because nothing is queued or the
  ///   budget allows nothing now.
  public mutating func take(
    _ count: Int, for annotator: String, task: UInt64, now: Double, deadlineSeconds: Double
  ) -> [CaptionID] {
    precondition(!tasks.contains(task), "task \(task) was given out before")
    var captions: [CaptionID] = []
    let allowance = budget.allowance(now: now, inFlight: questions.inFlight)
    let wanted = min(max(count, 0), Self.maximumTaskCaptions, questions.queued, allowance)
    captions.reserveCapacity(wanted)
    while captions.count < wanted, let question = questions.pop() {
      let caption = groups?.newestCaption(of: question) ?? question
      questions.hold(question, .init(task: task, caption: caption))
      captions.append(caption)
    }
    if !captions.isEmpty {
      tasks.add(task, .init(annotator: annotator, deadline: now + deadlineSeconds, captions: captions))
      counters.asked += captions.count
      budget.give(captions.count)
    }
    return captions
  }

  /// Takes in an annotator's answer to a task and closes the task. Its captions without an answer are queued again.
  ///
  /// The answer to a lapsed task counts unless another annotator has taken the caption: a slow annotator is slow, not
  /// wrong, and without its answers the run would get no labels.
  /// - Parameter tokens: tokens of questions and answers. They are charged whether or not an answer is accepted.
  public mutating func complete(
    _ task: UInt64, by annotator: String, answers: [CaptionAnswer], tokens: Int = 0
  ) -> TaskCompletion {
    counters.tokens = counters.tokens.addingSaturated(max(tokens, 0))
    budget.charge(tokens: tokens)
    var completion = TaskCompletion()
    let isOpen = tasks.isOpen(task, of: annotator)
    let lapsedCaptions = isOpen ? [] : tasks.lapsedCaptions(task, of: annotator)
    for answer in answers {
      if let reason = refusal(of: answer, to: task, isOpen: isOpen, lapsedCaptions: lapsedCaptions) {
        completion.refused.append(TaskCompletion.Refusal(caption: answer.caption, reason: reason))
      } else {
        receive(answer, isLate: !isOpen)
        completion.accepted.append(answer)
      }
    }
    counters.refused += completion.refused.count
    if isOpen, let closed = tasks.close(task) {
      completion.unanswered = queueAgain(closed, task)
      counters.unanswered += completion.unanswered
    }
    return completion
  }

  /// Queues the captions of an annotator that left.
  /// - Returns: its open tasks, by number.
  @discardableResult
  public mutating func release(_ annotator: String) -> [LapsedTask] {
    let released = lapse { $0.annotator == annotator }
    counters.released += released.reduce(0) { $0 + $1.captions }
    return released
  }

  /// Queues the captions of every task whose deadline has passed.
  /// - Parameter now: seconds, on the clock of `take`.
  /// - Returns: those tasks, by number.
  @discardableResult
  public mutating func expire(now: Double) -> [LapsedTask] {
    let expired = lapse { $0.deadline <= now }
    counters.expired += expired.reduce(0) { $0 + $1.captions }
    return expired
  }

  /// Earliest deadline of the open tasks in seconds, on the clock of `take`; nil if none is open.
  public var nextDeadline: Double? { tasks.nextDeadline }

  // MARK: Budget

  /// The limit of the budget that is reached; nil while the run may ask.
  public var exhaustion: AskingBudget.Exhaustion? { budget.exhaustion }

  /// The limit of the budget that is reached; each limit is returned once.
  public mutating func exhaustionNotice() -> AskingBudget.Exhaustion? { budget.newExhaustion() }

  /// The run has trained on that many environment steps, which allow more questions where the budget counts by steps.
  public mutating func setSteps(_ steps: Int) { budget.steps = steps }

  /// Charges the budget with the questions of the run's earlier sessions.
  public mutating func charge(labels: Int, tokens: Int) { budget.charge(labels: labels, tokens: tokens) }

  // MARK: Stored labels

  /// Restores a stored verdict. It replaces the caption's verdict, if there is one. If captions share a question, it
  /// holds for all of them, including those that the ledger will see later.
  /// - Returns: the caption's id; nil if the ledger is full (counted as `overflowed`), the caption is empty or the
  ///   label is not finite.
  @discardableResult
  public mutating func restore(_ caption: [UInt8], _ verdict: Verdict) -> CaptionID? {
    if let label = verdict.label, !label.isFinite { return nil }
    guard let id = intern(caption, sightings: 0), id > 0 else { return nil }
    settle(question(of: id), verdict)
    return id
  }

  /// Queues everything again that has a verdict, because labels of its origin no longer count.
  /// - Returns: the captions that had a label.
  public mutating func forgetVerdicts() -> [CaptionID] {
    var forgotten: [CaptionID] = []
    forEachLabel { caption, _ in forgotten.append(caption) }
    for question in questions.settled { enqueue(question) }
    return forgotten
  }

  /// Notes the number of stored captions whose answers all have other origins.
  public mutating func setIgnored(_ captions: Int) { counters.ignored = captions }

  // MARK: Statistics

  /// Captions held; they have the ids 1 ... `captionCount`.
  public var captionCount: CaptionID { CaptionID(table.count) }

  /// Gauges and counters as of now.
  public var statistics: LedgerStatistics {
    var now = counters
    now.seen = table.count
    now.questions = questions.count
    now.queued = questions.queued
    now.inFlight = questions.inFlight
    (now.labelled, now.abstained) = (questions.labelled, questions.abstained)
    return now
  }

  /// Memory that the tables reserve, in bytes, without the tasks in flight.
  public var reservedBytes: Int {
    table.reservedBytes + questions.reservedBytes + sightings.capacity * 4 + (groups?.reservedBytes ?? 0)
  }

  // MARK: Parts

  /// Whether the ledger gave this id. 0 is no caption.
  private func isKnown(_ id: CaptionID) -> Bool { id > 0 && Int(id) < sightings.count }

  private func question(of id: CaptionID) -> QuestionBook.Number { groups?.question(of: id) ?? id }

  private func sightings(ofQuestion question: QuestionBook.Number) -> UInt32 {
    groups?.sightings(of: question) ?? sightings[Int(question)]
  }

  /// Adds the caption that the table holds since now. If its question is new, the question is queued.
  private mutating func add(_ id: CaptionID, _ caption: UnsafeBufferPointer<UInt8>) {
    sightings.append(0)
    let question = groups?.add(caption) ?? id
    if Int(question) > questions.count { questions.addNext() }
  }

  private mutating func enqueue(_ question: QuestionBook.Number) {
    questions.enqueue(question, sightings: sightings(ofQuestion: question))
  }

  /// Why the ledger cannot accept an answer; nil if it can.
  private func refusal(
    of answer: CaptionAnswer, to task: UInt64, isOpen: Bool, lapsedCaptions: Set<CaptionID>
  ) -> RefusalReason? {
    guard isOpen || !lapsedCaptions.isEmpty else { return .unknownTask }
    guard isKnown(answer.caption) else { return .notAsked }
    if let label = answer.verdict.label, !label.isFinite { return .notFinite }
    let question = question(of: answer.caption)
    let phase = questions.phase(of: question)
    if isOpen {
      if questions.holder(of: question) == .init(task: task, caption: answer.caption) { return nil }
      return phase == .settled ? .alreadyAnswered : .notAsked
    }
    guard lapsedCaptions.contains(answer.caption) else { return .notAsked }
    switch phase {
    case .queued: return nil
    case .inFlight: return .heldByAnother
    case .settled: return .alreadyAnswered
    }
  }

  /// Takes in an accepted answer.
  private mutating func receive(_ answer: CaptionAnswer, isLate: Bool) {
    let question = question(of: answer.caption)
    // The caption was counted as returned when its task lapsed.
    if isLate { (counters.late, counters.returned) = (counters.late + 1, counters.returned - 1) }
    questions.release(question)
    if answer.verdict == .abstain { counters.abstentionsReceived += 1 } else { counters.labelsReceived += 1 }
    budget.charge(labels: 1)
    settle(question, answer.verdict)
  }

  /// Moves a question from any state to its verdict.
  private mutating func settle(_ question: QuestionBook.Number, _ verdict: Verdict) {
    // A stored verdict may arrive before that of a task, whose answer will be refused.
    if questions.settle(question, verdict) { counters.returned += 1 }
  }

  /// Queues the captions that a closed task still holds.
  /// - Returns: their number.
  private mutating func queueAgain(_ closed: TaskBook.Task, _ task: UInt64) -> Int {
    var count = 0
    for caption in closed.captions {
      let question = question(of: caption)
      guard questions.holder(of: question)?.task == task else { continue }
      questions.release(question)
      enqueue(question)
      count += 1
    }
    counters.returned += count
    return count
  }

  private mutating func lapse(where condition: (TaskBook.Task) -> Bool) -> [LapsedTask] {
    tasks.lapse(where: condition).map { number, task in
      LapsedTask(task: number, annotator: task.annotator, captions: queueAgain(task, number))
    }
  }

  private static func cut(_ caption: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: caption.prefix(maximumCaptionBytes))
  }
}
