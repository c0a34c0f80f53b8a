import Captions

/// How far preferences depend on which message is named first. Small models answer by position (measured: 98 % "first"
/// by a model of 1.5 billion weights), which accuracy in one order alone does not show.
public struct PositionBias: Sendable, Hashable, Codable {
  /// A pair asked in both orders.
  public struct Trial: Sendable, Hashable {
    /// Which message is progress where the other is not: the one that stands first in the forward order, or not.
    public var isFirstBetter: Bool
    /// The answers in one order and in the other; nil where there was none.
    public var forward: Preference?
    public var backward: Preference?

    public init(isFirstBetter: Bool, forward: Preference?, backward: Preference?) {
      self.isFirstBetter = isFirstBetter
      self.forward = forward
      self.backward = backward
    }

    /// Whether both orders name the same message, or neither; nil unless both were answered.
    var isConsistent: Bool? {
      switch (forward, backward) {
      case (nil, _), (_, nil): nil
      case (.first?, .second?), (.second?, .first?), (.tie?, .tie?): true
      default: false
      }
    }
  }

  public let pairs: Int
  /// Share of questions, in both orders, without an answer.
  public let abstention: Double?
  /// Share of "first" among the answers that name a message: 0.5 is without bias, as either message is as often first.
  public let first: Double?
  /// Share of the pairs answered in both orders where both answers name the same message.
  public let consistency: Double?
  /// Share of right ones among the answers of one order; "neither" counts half.
  public let accuracy: Double?
  /// Share of right ones among consistent pairs that name a message.
  public let consistentAccuracy: Double?

  public init(_ trials: [Trial]) {
    pairs = trials.count
    let answers = trials.flatMap { [($0.forward, $0.isFirstBetter), ($0.backward, !$0.isFirstBetter)] }
    let given = answers.compactMap { answer in answer.0.map { (choice: $0, isFirstBetter: answer.1) } }
    abstention = ratio(answers.count - given.count, answers.count)
    let named = given.filter { $0.choice != .tie }
    first = ratio(named.count { $0.choice == .first }, named.count)
    consistency = ratio(trials.count { $0.isConsistent == true }, trials.count { $0.isConsistent != nil })
    let right = named.count { ($0.choice == .first) == $0.isFirstBetter }
    accuracy = ratio(2 * right + given.count - named.count, 2 * given.count)
    let agreed = trials.filter { $0.isConsistent == true && $0.forward != .tie }
    consistentAccuracy = ratio(agreed.count { ($0.forward == .first) == $0.isFirstBetter }, agreed.count)
  }
}
