/// `[reward]`: how extrinsic and intrinsic reward become the reward that is learned from.
public struct RewardSection: Sendable, Hashable {
  /// What turns labels into intrinsic reward.
  public enum Model: String, Sendable, CaseIterable {
    case none, retrieval, classification, ranking, novelty, similarity, rnd

    /// Whether labels train a network.
    public var isLearned: Bool { self == .classification || self == .ranking }
    /// Whether captions are paid by their labels.
    public var needsLabels: Bool { self == .retrieval || isLearned }
  }

  /// Whose arithmetic is followed where ONI's paper and its released code differ.
  public enum Fidelity: String, Sendable, CaseIterable {
    case corrected
    case oniReleased = "oni-released"
  }

  public var model = Model.retrieval
  public var extrinsicCoefficient = 0.1
  public var intrinsicCoefficient = 0.4
  /// beta: the intrinsic reward of a caption's N-th occurrence in an episode is divided by N^beta.
  public var countExponent = 3.0
  /// What scores go through before the coefficient; see docs/reward-chain.md.
  public var chain = "count"
  public var extrinsicScale = 1.0
  /// Bound on the absolute value of the scaled extrinsic reward; 0 = off.
  public var extrinsicClip = 10.0
  public var normaliseExtrinsic = false

  /// eta: the probability of being helpful above which a caption is paid.
  public var classificationThreshold = 0.5
  /// The standardised reward above which a caption is paid.
  public var rankingThreshold = -0.5
  /// Classification pays the probability itself.
  public var soft = false
  public var fidelity = Fidelity.corrected
  public var learningRate = 1e-4
  /// Captions, or pairs of them, of one training step.
  public var batchSize = 256
  public var maximumGradientNorm = 10.0
  public var stepsPerArrival = 32
  public var stepsPerUpdate = 1
  /// Labels from which on training steps follow the policy's updates.
  public var arrivalLimit = 25_000
  /// Ranking: what the weight of earlier batches is multiplied by, per step.
  public var momentDecay = 0.99
  /// CPU time that learning the reward may take, in shares of one core; 0 = by the machine.
  public var coreShare = 0.0
  /// Steps made from stored labels before the run begins; 0 = none.
  public var pretrainSteps = 0
  /// Whether nothing is learned after that.
  public var frozen = false
  /// Heads on one encoder; 1 = no ensemble.
  public var ensemble = 1
  /// gamma: the weight of the heads' mean beside their minimum.
  public var ensembleMeanWeight = 0.5
  /// Ranking: CREAM's consistency weight.
  public var cream = false
  /// Ranking: UPO's filter of uncertain pairs, and the dropout it needs.
  public var upo = false
  public var upoDropout = 0.1
  /// Similarity: what captions are compared with.
  public var goalText = ""
  /// Similarity: the cosine above which a caption is paid.
  public var similarityThreshold = 0.2
  /// Rnd: the share of steps that the predictor is trained on.
  public var rndShare = 0.25
  /// Rnd: units of each layer.
  public var rndWidth = 48

  public init() {}

  /// The share of one core on a machine with `cores`: as set, or a fortieth of the machine.
  public func coreShare(cores: Int) -> Double { coreShare > 0 ? coreShare : min(1, 0.025 * Double(cores)) }
}
