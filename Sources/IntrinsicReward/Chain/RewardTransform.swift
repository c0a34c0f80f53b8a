/// One step of the reward chain: changes the intrinsic rewards of an unroll in place.
///
/// Transforms are applied one after the other, to every unroll in the order of arrival. A transform is one file with its row
/// of the table, `RewardTransformEntry.all`.
public protocol RewardTransform: Sendable {
  /// - Parameters:
  ///   - rewards: [T, E]; NaN where the model cannot tell. A transform that has nothing to say of such a step leaves it.
  ///   - inputs: what the rewards belong to.
  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs)

  /// What it makes of a score by itself, as things stand, for transforms that look at nothing else. NaN stays NaN.
  func value(of score: Float) -> Float

  /// The captions whose scores it compares rewards with; asked before every `apply`.
  mutating func references(for inputs: RewardInputs) -> [UInt32]

  /// The scores of `references`, in their order, as the transforms before this one pass them on; NaN where unknown.
  mutating func take(referenceScores: [Float])

  /// Whether it wants to be told the texts of captions.
  var readsTexts: Bool { get }

  /// Takes in captions that were met for the first time.
  mutating func learn(_ captions: [NewCaption])

  /// What of it must survive a restart; nil if there is nothing.
  var state: RewardTransformState? { get }

  /// Goes on with a saved state, before the first unroll.
  /// - Returns: false if the state is another transform's, or of other parameters; it then begins anew.
  mutating func restore(_ state: RewardTransformState) -> Bool

  /// Numbers worth watching; empty before there are any.
  var facts: [RewardFact: Double] { get }
}

extension RewardTransform {
  public func value(of score: Float) -> Float { score }
  public mutating func references(for inputs: RewardInputs) -> [UInt32] { [] }
  public mutating func take(referenceScores: [Float]) {}
  public var readsTexts: Bool { false }
  public mutating func learn(_ captions: [NewCaption]) {}
  public var state: RewardTransformState? { nil }
  public mutating func restore(_ state: RewardTransformState) -> Bool { false }
  public var facts: [RewardFact: Double] { [:] }
}

/// Numbers that transforms of the reward chain make known.
public enum RewardFact: String, Sendable, CaseIterable {
  /// Mean and deviation of the scores that rewards are standardised by.
  case mean, deviation
  /// The score above which rewards are paid.
  case quantile
  /// Mean score of the references.
  case reference
  /// What the trust gate multiplies rewards by.
  case trust
  /// What annealing multiplies rewards by.
  case anneal
  /// The share of episodes that were won, as the transform has counted.
  case wins
}
