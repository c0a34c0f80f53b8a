/// The result of an answer to an annotation task.
public struct TaskCompletion: Sendable, Hashable {
  /// Answers that the ledger took in, in their order.
  public internal(set) var accepted: [CaptionAnswer] = []
  /// Answers that changed nothing, in their order.
  public internal(set) var refused: [Refusal] = []
  /// Captions of the task without an answer, which wait again.
  public internal(set) var unanswered = 0

  /// One refused answer.
  public struct Refusal: Sendable, Hashable {
    public let caption: CaptionID
    public let reason: RefusalReason
  }
}

/// Why the ledger refuses an answer.
public enum RefusalReason: String, Sendable, Hashable, CaseIterable {
  /// There is no such task, or another annotator has it.
  case unknownTask = "unknown task"
  /// The task does not hold this caption.
  case notAsked = "not asked"
  /// The caption has an answer already, from this task or another one.
  case alreadyAnswered = "already answered"
  /// The task had lapsed, and another annotator holds the caption now.
  case heldByAnother = "held by another task"
  /// The label is NaN or infinite.
  case notFinite = "label not finite"
}

/// A task whose captions were queued again before it was answered.
public struct LapsedTask: Sendable, Hashable {
  public let task: UInt64
  public let annotator: String
  /// Captions that were queued again.
  public let captions: Int
}

/// The tasks that were given out: open ones, and lapsed ones for late answers.
struct TaskBook: Sendable {
  /// Lapsed tasks that the book remembers, so that a late answer still counts.
  static let maximumLapsed = 256

  /// A task that was given out.
  struct Task: Sendable {
    let annotator: String
    /// Seconds on the caller's clock.
    let deadline: Double
    let captions: [CaptionID]
  }

  private var open: [UInt64: Task] = [:]
  private var lapsed: [UInt64: Task] = [:]
  /// Numbers of the lapsed tasks, oldest first.
  private var lapsedOrder: [UInt64] = []

  /// Earliest deadline of the open tasks; nil if there are none.
  var nextDeadline: Double? { open.values.lazy.map(\.deadline).min() }

  func contains(_ number: UInt64) -> Bool { open[number] != nil || lapsed[number] != nil }

  func isOpen(_ number: UInt64, of annotator: String) -> Bool { open[number]?.annotator == annotator }

  /// Captions of a lapsed task of this annotator; empty if there is none.
  func lapsedCaptions(_ number: UInt64, of annotator: String) -> Set<CaptionID> {
    guard let task = lapsed[number], task.annotator == annotator else { return [] }
    return Set(task.captions)
  }

  mutating func add(_ number: UInt64, _ task: Task) { open[number] = task }

  /// Removes an open task.
  mutating func close(_ number: UInt64) -> Task? { open.removeValue(forKey: number) }

  /// Moves the open tasks that fulfil `condition` to the lapsed ones.
  /// - Returns: those tasks, by number.
  mutating func lapse(where condition: (Task) -> Bool) -> [(number: UInt64, task: Task)] {
    let ended = open.filter { condition($0.value) }.sorted { $0.key < $1.key }
    return ended.map { number, task in
      open[number] = nil
      if lapsedOrder.count == Self.maximumLapsed { lapsed[lapsedOrder.removeFirst()] = nil }
      lapsed[number] = task
      lapsedOrder.append(number)
      return (number, task)
    }
  }
}
