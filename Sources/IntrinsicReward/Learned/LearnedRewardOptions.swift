/// The options of a learned reward model.
public struct LearnedRewardOptions: Sendable, Hashable {
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    case classification, ranking
  }

  public var method: Method
  /// Classification: the probability of being helpful above which the reward is 1. Ranking: the standardised output
  /// above which it is the reward.
  public var threshold: Float
  /// Classification: the reward is the probability itself, without the threshold.
  public var paysProbability = false
  /// Ranking: the reward is the raw output of the model, as in ONI's released code.
  public var paysRawOutput = false
  /// Ranking: factor of the weight of earlier batches at each step, in the mean and deviation of the outputs.
  public var momentDecay = 0.99
  /// Adam's step size.
  public var learningRate: Float = 1e-4
  /// Number of captions, or of pairs, of a training step.
  public var batchSize = 256
  /// Bound on the Euclidean norm of the gradient; 0 = off.
  public var maximumGradientNorm: Float = 10
  /// Training steps for each arrival of labels.
  public var stepsPerArrival = 32
  /// Training steps for each update of the policy.
  public var stepsPerUpdate = 1
  /// Number of labels from which on arrivals cause no steps.
  public var arrivalLimit = 25_000
  /// Training steps from stored labels before the first update of a run; 0 treats them as an arrival of labels.
  public var pretrainSteps = 0
  /// Whether learning ends after pretraining or after a restart from a saved model. New captions are still scored.
  public var isFrozen = false
  /// Number of heads on one encoder, each with its own weights and its own bootstrap of the labels.
  public var heads = 1
  /// gamma: r = gamma * mean of the heads + (1 - gamma) * their minimum.
  public var meanWeight: Float = 0.5
  /// Ranking: UPO's filter of wrong pairs, and the dropout of its estimators' last hidden layer.
  public var filtersUncertain = false
  public var filterDropout: Float = 0.1
  /// Ranking: the dropout of the last hidden layer, and the pairs that are learned. Estimators of a filter set both.
  var dropout: Float = 0
  var split = PairSplit.all
  /// Seed of the weights, of dropout, and of the order of labels.
  public var seed: UInt64 = 0

  public init(_ method: Method) {
    self.method = method
    threshold = method == .classification ? 0.5 : -0.5
  }
}
