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
