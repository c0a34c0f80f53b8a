/// How a reward model is learned and read.
public struct LearnedRewardOptions: Sendable, Hashable {
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    case classification, ranking
  }

  public var method: Method
  /// Classification: the probability of being helpful above which a caption is paid 1. Ranking: the standardised reward
  /// above which it is paid.
  public var threshold: Float
  /// Classification: pays the probability itself, whatever the threshold.
  public var paysProbability = false
  /// Ranking: pays the model's output as it is, as ONI's released code does.
  public var paysRawOutput = false
  /// Ranking: what the weight of earlier batches is multiplied by at each step, in the mean and deviation of the outputs.
  public var momentDecay = 0.99
  /// Adam's step size.
  public var learningRate: Float = 1e-4
  /// Captions, or pairs of them, in a step.
  public var batchSize = 256
  /// Euclidean norm to which gradients are clipped; 0 = off.
  public var maximumGradientNorm: Float = 10
  /// Steps for each arrival of labels and for each update of the policy, and labels from which on only the latter count.
  public var stepsPerArrival = 32
  public var stepsPerUpdate = 1
  public var arrivalLimit = 25_000
  /// Steps made from the labels of earlier sessions and other runs before the first update of a run; 0 = as they would have
  /// been made for any arrival.
  public var pretrainSteps = 0
  /// Nothing is learned after that, or after a restart from a saved model; new captions are scored all the same.
  public var isFrozen = false
  /// Heads on one encoder, each with its own weights and its own bootstrap of the labels.
  public var heads = 1
  /// gamma: r = gamma * mean of the heads + (1 - gamma) * their minimum.
  public var meanWeight: Float = 0.5
  /// Ranking: CREAM's consistency of one version with the one before.
  public var weighsConsistency = false
  /// Ranking: UPO's filter of uncertain pairs, and the dropout of the last hidden layer that it needs.
  public var filtersUncertain = false
  public var filterDropout: Float = 0.1
  /// Of the weights, of dropout, and of the order of labels.
  public var seed: UInt64 = 0

  public init(_ method: Method) {
    self.method = method
    threshold = method == .classification ? 0.5 : -0.5
  }
}
