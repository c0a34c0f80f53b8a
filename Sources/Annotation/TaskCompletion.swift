/// What became of the answer to one annotation task.
public struct TaskCompletion: Sendable, Hashable {
  /// The answers that now stand in the ledger, in the order they came.
  public internal(set) var accepted: [Answer] = []
  /// The answers that changed nothing, in the order they came.
  public internal(set) var refused: [Refusal] = []
  /// Captions of the task that were not answered and wait again.
  public internal(set) var unanswered = 0

  /// One refused answer.
  public struct Refusal: Sendable, Hashable {
    public let caption: CaptionID
    public let reason: RefusalReason
  }
}

/// Why an answer was refused.
public enum RefusalReason: String, Sendable, Hashable, CaseIterable {
  /// No such task, or it was given to another annotator.
  case unknownTask = "unknown task"
  /// The task does not hold this caption.
  case notAsked = "not asked"
  /// The caption's state was settled before, by this answer's own task or another one.
  case alreadyAnswered = "already answered"
  /// The task had lapsed and another annotator holds the caption by now.
  case heldByAnother = "held by another task"
  /// The label is NaN or infinite.
  case notFinite = "label not finite"
}

/// A task whose captions went back to the queue before it was answered.
public struct LapsedTask: Sendable, Hashable {
  public let task: UInt64
  public let annotator: String
  /// Captions that went back.
  public let captions: Int
}
