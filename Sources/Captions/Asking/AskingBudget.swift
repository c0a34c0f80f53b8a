/// How much a run may ask. nil is no limit.
public struct AskingBudget: Sendable, Hashable {
  /// Captions given out per second, averaged; up to one second's worth at once.
  public var labelsPerSecond: Double?
  /// Answers of the run, abstentions included: they cost as much.
  public var labels: Int?
  /// Tokens of the run, questions and answers together, as the annotators count them. What is under way when they are
  /// spent is still taken in, so a run may go over by the captions in flight.
  public var tokens: Int?

  public init(labelsPerSecond: Double? = nil, labels: Int? = nil, tokens: Int? = nil) {
    self.labelsPerSecond = labelsPerSecond
    self.labels = labels
    self.tokens = tokens
  }

  public static let unlimited = AskingBudget()

  /// A budget that is spent for good.
  public enum Exhaustion: String, Sendable, Hashable, CaseIterable {
    case labels = "the run's labels are spent"
    case tokens = "the run's tokens are spent"
  }
}
