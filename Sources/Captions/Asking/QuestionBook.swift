import Runtime

/// Where each question of a ledger stands: in the queue, with an annotator, or answered. It keeps queue, holders and labels
/// in step; who may ask and answer what is the ledger's business.
///
/// Questions have the numbers 1, 2, ... in the order in which they were added.
struct QuestionBook: Sendable {
  /// A question's number: that of its caption, unless captions share questions.
  typealias Number = CaptionID

  /// A question's state without its label. `settled` with a NaN label is an abstention.
  enum Phase: UInt8, Sendable { case queued, inFlight, settled }

  /// The task that holds a question, and the caption that represents the question in it.
  struct Holder: Sendable, Hashable {
    let task: UInt64
    let caption: CaptionID
  }

  private var queue: AskingQueue
  /// By question, as labels are.
  private var phases: [Phase] = [.settled]
  /// NaN unless labelled.
  private var labels: [Float] = [.nan]
  /// The task that holds each question in flight. There is one entry per question, so that no two tasks hold it.
  private var holders: [Number: Holder] = [:]
  /// Questions that have a label, and those whose answer is an abstention.
  private(set) var labelled = 0
  private(set) var abstained = 0

  init(order: AskingOrder, seed: UInt64) { queue = AskingQueue(order: order, seed: seed) }

  // MARK: Reading

  var count: Int { phases.count - 1 }
  var queued: Int { queue.count }
  var inFlight: Int { holders.count }
  var reservedBytes: Int { queue.reservedBytes + phases.capacity + labels.capacity * 4 }

  func phase(of question: Number) -> Phase { phases[Int(question)] }

  func holder(of question: Number) -> Holder? { holders[question] }

  /// NaN unless the question is labelled.
  func label(of question: Number) -> Float { labels[Int(question)] }

  func state(of question: Number) -> CaptionState? {
    switch phases[Int(question)] {
    case .queued: return .queued
    case .inFlight: return holders[question].map { .inFlight(task: $0.task) }
    case .settled: return labels[Int(question)].isNaN ? .abstained : .labelled(labels[Int(question)])
    }
  }

  /// Questions that have a verdict, in the order of their numbers.
  var settled: [Number] { phases.indices.dropFirst().filter { phases[$0] == .settled }.map { Number($0) } }

  // MARK: What the order of asking depends on

  mutating func count(_ sightings: UInt32, of question: Number) { queue.count(sightings, of: question) }

  mutating func setUncertainty(_ score: Float, of question: Number, sightings: UInt32) {
    queue.setUncertainty(score, of: question, sightings: sightings)
  }

  // MARK: Changes

  /// The question after the last one begins to wait.
  mutating func addNext() {
    let question = Number(phases.count)
    phases.append(.queued)
    labels.append(.nan)
    queue.insert(question, sightings: 0)
  }

  /// The next question to ask; nil if none waits. It is to be held or queued again.
  mutating func pop() -> Number? { queue.pop() }

  /// A task holds a question that was next.
  mutating func hold(_ question: Number, _ holder: Holder) {
    phases[Int(question)] = .inFlight
    holders[question] = holder
  }

  /// The question's holder has it no more.
  mutating func release(_ question: Number) { holders[question] = nil }

  /// Queues a question that is not queued. A verdict that it had is forgotten.
  mutating func enqueue(_ question: Number, sightings: UInt32) {
    if phases[Int(question)] == .settled { forget(question) }
    phases[Int(question)] = .queued
    queue.insert(question, sightings: sightings)
  }

  /// Moves a question from any state to its verdict.
  /// - Returns: whether a task held it.
  mutating func settle(_ question: Number, _ verdict: Verdict) -> Bool {
    var wasHeld = false
    switch phases[Int(question)] {
    case .queued: queue.remove(question)
    case .inFlight: wasHeld = holders.removeValue(forKey: question) != nil
    case .settled: forget(question)
    }
    phases[Int(question)] = .settled
    labels[Int(question)] = verdict.label ?? .nan
    if verdict == .abstain { abstained += 1 } else { labelled += 1 }
    return wasHeld
  }

  private mutating func forget(_ question: Number) {
    if labels[Int(question)].isNaN { abstained -= 1 } else { labelled -= 1 }
    labels[Int(question)] = .nan
  }
}
