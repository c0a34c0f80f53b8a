/// What turns labels of captions into the intrinsic reward of any caption.
///
/// A model is owned by one thread, which tells it the news and takes up what it has learned before each update.
public protocol RewardModel {
  /// Takes in what is new; called before each update, with nothing new too. A later label of a caption replaces an
  /// earlier one.
  /// - Throws: if the model cannot go on at all.
  mutating func learn(_ news: RewardNews) throws

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

  /// Whether it wants the texts of captions; otherwise `RewardNews.captions` may be left empty.
  var readsTexts: Bool { get }

  /// How far a model is that is trained; nil for others.
  var statistics: RewardModelStatistics? { get }

  /// What must be saved with the run; nil if labels are all it is made of, or if there is nothing yet.
  var state: (any RewardModelState)? { get }

  /// Goes on with a saved state, before the first news. One of another method is left aside: the model then begins anew.
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
  public mutating func restore(_ state: any RewardModelState) {}
}

/// The reward model of a run without intrinsic reward: it knows no caption.
public struct NoReward: RewardModel, Sendable {
  public init() {}

  public mutating func learn(_ news: RewardNews) {}
  public func score(_ caption: UInt32) -> Float? { nil }
  public var version: Int { 0 }
}
