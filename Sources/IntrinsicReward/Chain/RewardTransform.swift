import Statistics

/// One transform of the reward chain: changes the intrinsic rewards of an unroll in place.
///
/// The chain applies its transforms in order, to every unroll in the order of arrival. The file of a transform also has
/// its entry of `RewardTransformEntry.all`.
public protocol RewardTransform: Sendable {
  /// Transforms the rewards of one unroll.
  /// - Parameters:
  ///   - rewards: [T, E]; NaN for steps without a score. A transform that cannot compute such a step's reward keeps
  ///     NaN.
  ///   - inputs: the steps of the unroll.
  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs)

  /// The reward of a score alone, for transforms that depend on nothing else of a step. NaN stays NaN.
  func value(of score: Float) -> Float

  /// The captions whose scores `apply` needs for comparison. The chain asks before every `apply`.
  mutating func references(for inputs: RewardInputs) -> [UInt32]

  /// Receives the scores of `references` in their order, transformed by the earlier transforms; NaN for unknown ones.
  mutating func take(referenceScores: [Float])

  /// Whether the transform reads the texts of captions.
  var readsTexts: Bool { get }

  /// Receives captions that occurred for the first time.
  mutating func learn(_ captions: [NewCaption])

  /// The state that a checkpoint saves; nil if there is none.
  var state: RewardTransformState? { get }

  /// Continues from a saved state; called before the first unroll.
  /// - Returns: false if the state belongs to another transform or to other parameters; the transform then starts from
  ///   scratch.
  mutating func restore(_ state: RewardTransformState) -> Bool

  /// Moments of what the transform has seen, if all learners of a run standardise by what they have seen together.
  var ownMoments: RunningMoments? { get }

  /// Receives the moments of what the other learners have seen, in place of earlier ones.
  mutating func take(othersMoments: RunningMoments)

  /// Numbers for the metrics; empty before there are any.
  var facts: [RewardFact: Double] { get }
}

extension RewardTransform {
  public func value(of score: Float) -> Float { score }
  public mutating func references(for inputs: RewardInputs) -> [UInt32] { [] }
  public mutating func take(referenceScores: [Float]) {}
  public var readsTexts: Bool { false }
  public mutating func learn(_ captions: [NewCaption]) {}
  public var ownMoments: RunningMoments? { nil }
  public mutating func take(othersMoments: RunningMoments) {}
  public var state: RewardTransformState? { nil }
  public mutating func restore(_ state: RewardTransformState) -> Bool { false }
  public var facts: [RewardFact: Double] { [:] }
}

/// Numbers of the reward chain's transforms for the metrics.
public enum RewardFact: String, Sendable, CaseIterable {
  /// Mean and standard deviation of the scores, by which rewards are standardised.
  case mean, deviation
  /// The score above which steps are paid.
  case quantile
  /// Mean score of the references.
  case reference
  /// The trust gate's factor of rewards.
  case trust
  /// Annealing's factor of rewards.
  case anneal
  /// The share of won episodes, as the transform counts them.
  case wins
}

/// The saved state of one transform.
public enum RewardTransformState: Sendable, Hashable, Codable {
  case moments(RunningMoments)
  /// The latest scores, oldest first.
  case scores([Float])
  /// The texts of the reference captions.
  case references([[UInt8]])
  /// Mean rewards of the latest won and lost episodes, oldest first.
  case outcomes(won: [Float], lost: [Float])
  /// Outcomes of all episodes, and of the episodes that met each caption, by the digest of its text.
  case information(episodes: EpisodeOutcomes, captions: [UInt64: EpisodeOutcomes])
}

/// Numbers of won and of all episodes.
public struct EpisodeOutcomes: Sendable, Hashable, Codable {
  public var won = 0.0
  /// Won and lost episodes.
  public var count = 0.0

  mutating func add(_ hasWon: Bool) {
    won += hasWon ? 1 : 0
    count += 1
  }
}
