import Foundation
import NeuralNetwork
import Runtime
import Tensor

/// Turns the labels of some captions into the intrinsic reward of any caption.
///
/// One thread owns a model. Before each update of the policy it passes captions and labels to `learn`.
public protocol RewardModel {
  /// Receives new captions, labels and preferences. Called before each update of the policy, with an empty `update`
  /// too. A later label of a caption replaces an earlier one.
  /// - Throws: an error if the model can no longer be used, for instance because its thread cannot be started.
  mutating func learn(_ update: RewardUpdate) throws

  /// Receives everything that earlier sessions left, before the first update of the policy, and pretrains from it. The
  /// default calls `learn`.
  /// - Parameter isInterrupted: asked between training steps. If it returns true, the call returns early.
  mutating func pretrain(_ update: RewardUpdate, isInterrupted: () -> Bool) throws

  /// The score of a caption; nil if the model does not know it. Unknown is not zero: a caption with score 0 is known to
  /// be worth nothing, a caption without a score counts as unlabelled.
  func score(_ caption: UInt32) -> Float?

  /// Writes the score of every step, [T, E]; NaN for steps the model does not know. The default scores the steps'
  /// captions.
  mutating func score(_ inputs: RewardInputs, into scores: UnsafeMutablePointer<Float>)

  /// How much asking about each caption is worth, by caption id, in nats: ln 2 for a caption of which nothing is known;
  /// NaN for captions that the model has not scored. Empty for models without uncertainty.
  /// - Parameter optimism: 0 asks for what would teach the model most; above 0, for what may be worth most.
  func uncertainties(optimism: Float) -> [Float]

  /// A number that grows whenever scores may have changed.
  var version: Int { get }

  /// Whether the model reads the texts of captions. If not, `RewardUpdate.captions` may be empty.
  var readsTexts: Bool { get }

  /// Whether `RewardInputs.policyFeatures` must be there.
  var readsPolicyFeatures: Bool { get }

  /// Progress of a model that is trained; nil for other models.
  var statistics: RewardModelStatistics? { get }

  /// The state that a checkpoint saves; nil if the labels are the whole state, or before there is any.
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

  public func uncertainties(optimism: Float) -> [Float] { [] }
  public var readsTexts: Bool { false }
  public var readsPolicyFeatures: Bool { false }
  public var statistics: RewardModelStatistics? { nil }
  public var state: (any RewardModelState)? { nil }
  public var stateType: (any RewardModelState.Type)? { nil }
  public mutating func restore(_ state: any RewardModelState) {}

  public mutating func pretrain(_ update: RewardUpdate, isInterrupted: () -> Bool) throws { try learn(update) }

  /// A state whose arrays are to be filled in, for what a checkpoint says of a reward model; nil if another kind of
  /// model saved it.
  /// - Parameter text: the saved `progress` as JSON.
  /// - Throws: `DecodingError` if the text cannot be read, `ForeignNumberError` if no model can have one of its numbers.
  public func makeState(savedAs text: String) throws -> (any RewardModelState)? {
    try stateType?.init(savedAs: text)
  }
}

/// No intrinsic reward: the model knows no caption.
public struct NoReward: RewardModel, Sendable {
  public init() {}

  public mutating func learn(_ update: RewardUpdate) {}
  public func score(_ caption: UInt32) -> Float? { nil }
  public var version: Int { 0 }
}

/// The same score for all captions, so that the episodic count alone decides: it pays the first occurrence of a caption
/// in an episode and next to nothing for later ones. Needs no labels.
public struct NoveltyReward: RewardModel, Sendable {
  public init() {}

  public mutating func learn(_ update: RewardUpdate) {}
  public func score(_ caption: UInt32) -> Float? { caption == 0 ? nil : 1 }
  public var version: Int { 0 }
}

/// The progress of a learned reward model.
public struct RewardModelStatistics: Sendable, Hashable {
  /// Number of versions that captions were scored with.
  public var version = 0
  /// Number of training steps.
  public var steps = 0
  /// Number of steps that changed nothing because their gradient was not finite.
  public var skippedSteps = 0
  /// Mean loss of the steps between the latest two versions, in nats; nil before the first version.
  public var loss: Double?
  /// Agreement with the held-out labels, 0 ... 1; nil if there are none.
  public var agreement: Double?
  /// Agreement with a part of the training labels, 0 ... 1; nil if there are none.
  public var trainingAgreement: Double?
  /// Number of held-out labels.
  public var heldOut = 0
  /// Number of captions scored; a caption counts once for every version.
  public var scored = 0
  /// Mean over the captions of the standard deviation between the heads' values; nil for one head.
  public var headDeviation: Double?
  /// Mean weight of the training pairs between the latest two versions; nil if pairs are not filtered.
  public var pairWeight: Double?
  /// CPU seconds that learning took in this session.
  public var seconds = 0.0

  public init() {}
}

/// The part of a reward model that a checkpoint saves: named arrays, and `progress` for everything else. Its buffers no
/// longer change.
public protocol RewardModelState: Sendable {
  associatedtype Progress: Sendable, Hashable, Codable, ForeignNumbers

  /// Values of the `method` in a saved `progress` by which states of this type are recognised. No two types share one.
  static var methods: [String] { get }
  /// The part that is not arrays; the shapes of the arrays follow from it. It encodes a `method`.
  var progress: Progress { get }
  /// The arrays.
  var parts: [RewardModelPart] { get }

  /// A state whose arrays are to be filled in.
  init(_ progress: Progress)
}

extension RewardModelState {
  /// A state whose arrays are to be filled in; nil if `text` is the progress of another type of state.
  /// - Throws: `DecodingError` if the text cannot be read, `ForeignNumberError` if no model can have one of its numbers.
  init?(savedAs text: String) throws {
    let json = Data(text.utf8)
    guard Self.methods.contains(try JSONDecoder().decode(SavedMethod.self, from: json).method) else { return nil }
    let progress = try JSONDecoder().decode(Progress.self, from: json)
    try progress.checkNumbers()
    self.init(progress)
  }
}

/// The part of a saved `progress` that tells the type of state.
private struct SavedMethod: Decodable {
  var method: String
}

/// Arrays of a saved reward model, and the prefix of their names in a checkpoint.
public struct RewardModelPart: Sendable {
  public let prefix: String
  public let layout: ParameterLayout
  public let buffer: FloatBuffer

  init(_ prefix: String, _ layout: ParameterLayout, _ buffer: FloatBuffer) {
    self.prefix = prefix
    self.layout = layout
    self.buffer = buffer
  }
}
