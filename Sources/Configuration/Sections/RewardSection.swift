/// `[reward]`: how extrinsic and intrinsic reward become the reward that the policy is trained on.
public struct RewardSection: Sendable, Hashable {
  /// Name of a reward model, which turns captions, labels or observations into intrinsic reward.
  public struct Model: RegisteredName {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let none = Model(rawValue: "none")
    public static let retrieval = Model(rawValue: "retrieval")
    public static let classification = Model(rawValue: "classification")
    public static let ranking = Model(rawValue: "ranking")
    public static let novelty = Model(rawValue: "novelty")
    public static let similarity = Model(rawValue: "similarity")
    public static let rnd = Model(rawValue: "rnd")
    public static let e3b = Model(rawValue: "e3b")
    public static let program = Model(rawValue: "program")

    public static let builtIn: [Model] = [
      .none, .retrieval, .classification, .ranking, .novelty, .similarity, .rnd, .e3b, .program,
    ]
  }

  /// Which arithmetic to follow where ONI's paper and its released code differ.
  public enum Fidelity: String, Sendable, CaseIterable {
    case corrected
    case oniReleased = "oni-released"
  }

  /// Where the features of the episodic elliptical bonus come from.
  public enum EllipticalFeatures: String, Sendable, CaseIterable {
    case inverse
    case random
    case policy
  }

  public var model = Model.retrieval
  public var extrinsicCoefficient = 0.1
  public var intrinsicCoefficient = 0.4
  /// beta: the intrinsic reward of a caption's N-th occurrence in an episode is divided by N^beta.
  public var countExponent = 3.0
  /// Transforms between the score and the coefficient; see docs/reward-chain.md.
  public var chain = "count"
  public var extrinsicScale = 1.0
  /// Bound on the absolute value of the scaled extrinsic reward; 0 = off.
  public var extrinsicClip = 100.0
  public var normaliseExtrinsic = false

  /// eta: the probability of being helpful above which a caption is paid.
  public var classificationThreshold = 0.5
  /// The standardised reward above which a caption is paid.
  public var rankingThreshold = -0.5
  /// Whether classification pays the probability instead of 0 or 1.
  public var soft = false
  public var fidelity = Fidelity.corrected
  public var learningRate = 1e-4
  /// Captions, or pairs of captions, of one training step.
  public var batchSize = 256
  public var maximumGradientNorm = 10.0
  public var stepsPerArrival = 32
  public var stepsPerUpdate = 1
  /// Number of labels from which training steps follow the policy's updates.
  public var arrivalLimit = 25_000
  /// Ranking: factor, per training step, of the weight of earlier batches.
  public var momentDecay = 0.99
  /// CPU time for training the reward model, as a share of one core; 0 = chosen from the machine.
  public var coreShare = 0.0
  /// Training steps from stored labels before the run begins; 0 = none.
  public var pretrainSteps = 0
  /// Whether the reward model stops learning after them.
  public var frozen = false
  /// Heads on one encoder; 1 = no ensemble.
  public var ensemble = 1
  /// gamma: the weight of the heads' mean relative to their minimum.
  public var ensembleMeanWeight = 0.5
  /// Ranking: UPO's filter of wrong pairs, and the dropout of its estimators.
  public var upo = false
  public var upoDropout = 0.1
  /// Similarity: the text that captions are compared with.
  public var goalText = ""
  /// Program: the text of a reward program.
  public var program = ""
  /// Similarity: the cosine above which a caption is paid.
  public var similarityThreshold = 0.2
  /// Rnd: the share of steps that the predictor is trained on.
  public var rndShare = 0.25
  /// Rnd: units of each layer.
  public var rndWidth = 48
  /// E3b: the source of the features.
  public var e3bFeatures = EllipticalFeatures.inverse
  /// E3b: the number of features, and of units of each layer.
  public var e3bWidth = 48
  /// E3b: lambda, what is added to the diagonal of an episode's matrix.
  public var e3bRidge = 0.1
  /// E3b: the share of steps that the inverse model is trained on.
  public var e3bShare = 0.25

  public init() {}

  /// Whether a reward model contributes to the reward that the policy is trained on.
  public var paysIntrinsic: Bool { model != .none && intrinsicCoefficient > 0 }

  /// CPU time for training the reward model, as a share of one core, on a machine with `cores` usable processors.
  public func coreShare(cores: Int) -> Double { coreShare > 0 ? coreShare : min(1, 0.025 * Double(cores)) }

  static let fields = mixing + learned + pretraining + otherModels

  private static let mixing: [SectionField<RewardSection>] = [
    .entry(
      "model", \.model,
      "Source of the intrinsic reward. \"retrieval\" pays a caption its label, and nothing before it has one. "
        + "\"classification\" trains a network on the labels and pays 1 for captions that it predicts to be helpful. "
        + "\"ranking\" trains a network on which of two captions is better and pays captions that it ranks high. "
        + "\"novelty\" pays every caption 1, so that only the episodic count matters. \"similarity\" pays a caption "
        + "its similarity to a goal text. \"rnd\" pays the error with which one network predicts the output of "
        + "another, fixed random network for the observation. \"e3b\" pays how much the observation differs from those of "
        + "the episode so far. \"program\" pays what a small program says. \"none\" pays no intrinsic reward."
    ),
    .real(
      "extrinsic_coefficient", \.extrinsicCoefficient, Bound.coefficient,
      "Weight of the environment's reward. 0 trains on the intrinsic reward alone."),
    .real(
      "intrinsic_coefficient", \.intrinsicCoefficient, Bound.coefficient,
      "Weight of the intrinsic reward."),
    .real(
      "count_exponent", \.countExponent, 0...100,
      "beta: a caption's N-th occurrence in an episode is paid 1 / N^beta of its reward."),
    .text(
      "chain", \.chain, .optionalText,
      "Transforms that a caption's score passes through before the coefficient, separated by spaces, each with its "
        + "parameters in brackets or without; docs/reward-chain.md lists them. An empty chain pays the score itself."),
    .real(
      "extrinsic_scale", \.extrinsicScale, Bound.coefficient,
      "Factor of the environment's reward before it is clipped."),
    .real(
      "extrinsic_clip", \.extrinsicClip, Bound.coefficient,
      "Bound on the absolute value of the scaled extrinsic reward of a step. 0 turns clipping off."),
    .boolean(
      "normalise_extrinsic", \.normaliseExtrinsic,
      "Divides the extrinsic reward by the running deviation of its discounted return."),
  ]

  private static let learned: [SectionField<RewardSection>] = [
    .real(
      "classification_threshold", \.classificationThreshold, Bound.share,
      "Classification: probability of being helpful above which a caption is paid 1."),
    .boolean("soft", \.soft, "Classification: pays the probability of being helpful instead of 0 or 1."),
    .real(
      "ranking_threshold", \.rankingThreshold, -1000...1000,
      "Ranking: a caption is paid its reward, in deviations from the mean, where that is above this threshold."),
    .choice(
      "fidelity", \.fidelity,
      "Ranking: \"corrected\" standardises rewards and cuts them at the threshold; \"oni-released\" pays the network's "
        + "output unchanged, as ONI's released code does."),
    .real(
      "moment_decay", \.momentDecay, Bound.share,
      "Ranking: factor, per training step, of the weight of earlier outputs in their mean and deviation. With 1 all "
        + "outputs keep their weight."),
    .real("learning_rate", \.learningRate, 0...1, "Classification, ranking, rnd and e3b: Adam's step size."),
    .integer(
      "batch_size", \.batchSize, 1...65_536,
      "Classification: captions of a training step. Ranking: pairs of captions of a training step."),
    .real(
      "maximum_gradient_norm", \.maximumGradientNorm, Bound.coefficient,
      "Classification and ranking: Euclidean norm to which the gradient is clipped. 0 turns clipping off."),
    .integer(
      "steps_per_arrival", \.stepsPerArrival, 1...10_000,
      "Classification and ranking: training steps after each arrival of labels, while there are fewer labels than "
        + "arrival_limit."),
    .integer(
      "steps_per_update", \.stepsPerUpdate, 0...10_000,
      "Classification and ranking: training steps for each update of the policy. ONI: 0 below arrival_limit, then 1."),
    .integer(
      "arrival_limit", \.arrivalLimit, 0...1_000_000_000,
      "Classification and ranking: number of labels from which training steps follow the policy's updates alone, with "
        + "at least one step for each."),
    .real(
      "core_share", \.coreShare, Bound.share,
      "Classification and ranking: CPU time of training the reward model while the policy trains, as a share of one "
        + "core, on average. 0 takes a fortieth of the machine, one core at most. `tengu serial` ignores it and trains "
        + "at once."
    ),
  ]

  private static let pretraining: [SectionField<RewardSection>] = [
    .integer(
      "pretrain_steps", \.pretrainSteps, 0...10_000_000,
      "Classification and ranking: training steps from the labels and preferences of the store before the run begins, "
        + "as in Motif. 0 = none. A resumed run does not repeat them."),
    .boolean(
      "frozen", \.frozen,
      "Classification and ranking: the network does not learn after pretrain_steps, or after a checkpoint was loaded. "
        + "It still scores new captions."),
    .integer(
      "ensemble", \.ensemble, 1...64,
      "Classification and ranking: heads on one encoder, each with its own first weights and its own bootstrap sample "
        + "of the labels. 1 = no ensemble."),
    .real(
      "ensemble_mean_weight", \.ensembleMeanWeight, 0...1,
      "gamma: an ensemble pays gamma * the mean of its heads + (1 - gamma) * their minimum, of probabilities before "
        + "the threshold or of standardised outputs."),
    .boolean(
      "upo", \.upo,
      "Ranking: UPO. Two estimators learn from one half of the answers each and vote on the pairs of the other half: a "
        + "pair whose answer the vote contradicts is dropped, and the others count less the less sure the vote is. "
        + "Training takes about three times as long."),
    .real(
      "upo_dropout", \.upoDropout, 0...0.9,
      "Ranking with upo: share of the last hidden layer's units that a vote drops. 0 makes all votes alike and sure."),
  ]

  private static let otherModels: [SectionField<RewardSection>] = [
    .text(
      "goal_text", \.goalText, .optionalText,
      "Similarity: the text that captions are compared with, in words that captions use."),
    .real(
      "similarity_threshold", \.similarityThreshold, -1...1,
      "Similarity: the cosine above which a caption is paid its cosine."),
    .real(
      "rnd_share", \.rndShare, 1e-6...1,
      "Rnd: share of the steps, drawn at random, that the predictor is trained on. With a smaller share novelty lasts "
        + "longer."),
    .integer("rnd_width", \.rndWidth, 1...4096, "Rnd: units of each layer of target and predictor."),
    .choice(
      "e3b_features", \.e3bFeatures,
      "E3b: features of an observation. \"inverse\" trains an encoder whose features of two consecutive observations tell the "
        + "action between them. \"random\" leaves that encoder as it is at the beginning. \"policy\" takes what the policy's "
        + "last layer reads, projected at random to e3b_width numbers; the learner's step takes about a third longer."),
    .integer(
      "e3b_width", \.e3bWidth, 1...512,
      "E3b: number of features, and units of the encoder's and the inverse model's hidden layers. Each environment has a "
        + "matrix of 8 * e3b_width^2 bytes."),
    .real(
      "e3b_ridge", \.e3bRidge, 1e-6...1e6,
      "E3b: lambda, what an episode's matrix has on its diagonal before the first step. A larger one pays less for features "
        + "that are small."),
    .real(
      "e3b_share", \.e3bShare, 1e-6...1,
      "E3b with inverse features: share of the steps, drawn at random, that encoder and inverse model are trained on."),
    .text(
      "program", \.program, .lines(4096),
      "Program: the text of the reward program; docs/reward-programs.md has the language. In TOML it stands between three "
        + "quotation marks; on the command line, \"reward.program=$(cat FILE)\"."),
  ]
}
