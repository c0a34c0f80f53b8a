/// What turns labels of captions into the intrinsic reward of any caption.
///
/// One thread owns a model. Before each update of the policy it passes captions and labels to `learn`.
public protocol RewardModel {
  /// Receives new captions, labels and preferences. Called before each update of the policy, with an empty `update` too.
  /// A later label of a caption replaces an earlier one.
  /// - Throws: an error if the model can no longer be used, for instance because its thread cannot be started.
  mutating func learn(_ update: RewardUpdate) throws

  /// Receives everything that earlier sessions left, before the first update of the policy, and pretrains from it. The
  /// default calls `learn`.
  /// - Parameter isInterrupted: asked between training steps. If it returns true, the call returns early.
  mutating func pretrain(_ update: RewardUpdate, isInterrupted: () -> Bool) throws

  /// The reward of a caption, or nil when the model cannot tell. Unknown is not zero: a caption that is scored 0 is known
  /// to be worth nothing, and one without a score is counted as unlabelled.
  func score(_ caption: UInt32) -> Float?

  /// Writes the reward of every step, [T, E], NaN where the model cannot tell. Models of captions need not have one of
  /// their own.
  mutating func score(_ inputs: RewardInputs, into scores: UnsafeMutablePointer<Float>)

  /// How unsure the model is of each caption, by id, 0 ... ln 2; NaN where it cannot tell. Empty for models that do not know.
  var uncertainties: [Float] { get }

  /// Grows whenever scores may have changed.
  var version: Int { get }

  /// Whether it wants the texts of captions; otherwise `RewardUpdate.captions` may be left empty.
  var readsTexts: Bool { get }

  /// How far a model is that is trained; nil for others.
  var statistics: RewardModelStatistics? { get }

  /// What must be saved with the run; nil if labels are all it is made of, or if there is nothing yet.
  var state: (any RewardModelState)? { get }

  /// The type of `state`; nil for models that save none.
  var stateType: (any RewardModelState.Type)? { get }

  /// Continues from a saved state; called before the first `learn`. A state of another method or size is ignored: the
  /// model then starts from scratch.
  mutating func restore(_ state: any RewardModelState)
}

extension RewardModel {
  public func score(_ inputs: RewardInputs, into scores: UnsafeMutablePointer<Float>) {
    for index in 0..<inputs.count {
      let caption = inputs.captions[index]
      scores[index] = caption == 0 ? .nan : score(caption) ?? .nan
    }
  }

  public var uncertainties: [Float] { [] }
  public var readsTexts: Bool { false }
  public var statistics: RewardModelStatistics? { nil }
  public var state: (any RewardModelState)? { nil }
  public var stateType: (any RewardModelState.Type)? { nil }
  public mutating func restore(_ state: any RewardModelState) {}

  public mutating func pretrain(_ update: RewardUpdate, isInterrupted: () -> Bool) throws { try learn(update) }

  /// A state whose arrays are to be filled in, for what a checkpoint says of a reward model; nil if another kind of model
  /// saved it.
  /// - Parameter text: `savedText` of the state that was saved.
  /// - Throws: `DecodingError` if the text cannot be read.
  public func makeState(savedAs text: String) throws -> (any RewardModelState)? {
    try stateType?.init(savedAs: text)
  }
}

/// The reward model of a run without intrinsic reward: it knows no caption.
public struct NoReward: RewardModel, Sendable {
  public init() {}

  public mutating func learn(_ update: RewardUpdate) {}
  public func score(_ caption: UInt32) -> Float? { nil }
  public var version: Int { 0 }
}
