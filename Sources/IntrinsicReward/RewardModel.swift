/// What turns labels of captions into the intrinsic reward of any caption.
///
/// A model is owned by one thread. Its state is not checkpointed: it is taught again from the label store.
public protocol RewardModel {
  /// Takes in new labels. A later label of a caption replaces an earlier one.
  mutating func learn(_ labels: [CaptionLabel])

  /// The reward of a caption, or nil when the model cannot tell. Unknown is not zero: a caption that is scored 0 is known
  /// to be worth nothing, and one without a score is counted as unlabelled.
  func score(_ caption: UInt32) -> Float?

  /// Grows whenever `learn` may have changed a score.
  var version: Int { get }
}

/// The reward model of a run without intrinsic reward: it knows no caption.
public struct NoReward: RewardModel, Sendable {
  public init() {}

  public mutating func learn(_ labels: [CaptionLabel]) {}
  public func score(_ caption: UInt32) -> Float? { nil }
  public var version: Int { 0 }
}
