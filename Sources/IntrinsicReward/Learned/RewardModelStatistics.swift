/// How far a learned reward model is.
public struct RewardModelStatistics: Sendable, Hashable {
  /// Versions that captions were scored with.
  public var version = 0
  /// Training steps.
  public var steps = 0
  /// Steps whose gradient was not finite, and which changed nothing.
  public var skippedSteps = 0
  /// Mean loss of the steps since the version before, in nats; nil before the first.
  public var loss: Double?
  /// Agreement with the labels that are held out; nil while there are none.
  public var agreement: Double?
  /// Agreement with some of the labels that are trained on; nil while there are none.
  public var trainingAgreement: Double?
  /// Labels that are held out.
  public var heldOut = 0
  /// Captions scored, each once for every version.
  public var scored = 0
  /// Mean over the captions of the deviation between what the heads say of one; nil for one head.
  public var headDeviation: Double?
  /// How far the latest version ranks captions as the one before, 0 ... 1; nil where nobody asks.
  public var consistency: Double?
  /// Mean weight of the pairs of the steps since the version before; nil where pairs are not filtered.
  public var pairWeight: Double?
  /// CPU seconds spent in this session.
  public var seconds = 0.0

  public init() {}
}
