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
