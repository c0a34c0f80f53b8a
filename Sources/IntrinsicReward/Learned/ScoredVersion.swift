import NeuralNetwork
import Runtime
import Statistics
import Tensor

/// One version of a learned model, with its scores of the captions so far.
struct ScoredVersion {
  let state: CaptionNetworkState
  /// The objectives of the heads with their moments at the time of the version.
  let objectives: [any CaptionObjective]
  /// gamma of `HeadMixture`.
  private let meanWeight: Float
  private let prepared: FloatBuffer
  /// Views of `state` and `prepared`.
  let weights: Weights
  /// Margins by caption id, means over the heads; NaN for id 0.
  private(set) var margins: [Float] = [.nan]
  /// What the heads believe of the captions, by caption id minus 1.
  private(set) var beliefs: [CaptionBelief] = []
  /// Rewards by caption id; NaN for id 0.
  private(set) var rewards: [Float] = [.nan]
  /// Sum over the captions of the standard deviation between the heads' values.
  private var deviationSum = 0.0

  init(
    _ state: CaptionNetworkState, _ network: CaptionNetwork, _ objectives: [any CaptionObjective], meanWeight: Float
  ) {
    self.state = state
    self.objectives = objectives
    self.meanWeight = meanWeight
    prepared = network.makePrepared()
    weights = network.prepare(state.parameters, into: prepared, forTraining: false)
  }

  /// Number of scored captions; their ids are 1 ... count.
  var count: Int { margins.count - 1 }

  /// Mean standard deviation between the heads' values; nil for one head and before the first caption.
  var headDeviation: Double? { objectives.count > 1 && count > 0 ? deviationSum / Double(count) : nil }

  /// Adds the heads' margins of the next caption.
  mutating func append(_ own: [Float]) {
    beliefs.append(CaptionBelief(margins: own))
    guard own.count > 1 else {
      margins.append(own[0])
      rewards.append(objectives[0].reward(margin: own[0]))
      return
    }
    margins.append(HeadMixture.mean(own))
    let values = zip(objectives, own).compactMap { $0.value(margin: $1) }
    guard values.count == own.count else {
      rewards.append(0)
      return
    }
    deviationSum += Double(HeadMixture.deviation(values))
    rewards.append(objectives[0].reward(value: HeadMixture.mix(values, meanWeight: meanWeight)))
  }
}

/// The scores of all captions by one version of a learned model. Immutable, so that threads can share it.
public final class RewardScores: Sendable {
  /// Version of the model; 0 before the first.
  public let version: Int
  /// Rewards by caption id; NaN for captions without a score.
  package let values: [Float]
  /// Beliefs by caption id minus 1.
  let beliefs: [CaptionBelief]
  public let statistics: RewardModelStatistics
  /// The state of the model; nil for version 0.
  let state: CaptionNetworkState?

  init(
    version: Int, values: [Float], beliefs: [CaptionBelief], statistics: RewardModelStatistics,
    state: CaptionNetworkState?
  ) {
    self.version = version
    self.values = values
    self.beliefs = beliefs
    self.statistics = statistics
    self.state = state
  }

  /// The scores of a model that has not learned yet.
  static var none: RewardScores {
    RewardScores(version: 0, values: [], beliefs: [], statistics: RewardModelStatistics(), state: nil)
  }
}

/// The saved state of a learned reward model. Its labels are in the label store. Its buffers no longer change.
public struct CaptionNetworkState: RewardModelState {
  /// Heads that a configuration can ask for.
  static let heads = 1...64

  public static let methods = LearnedRewardOptions.Method.allCases.map(\.rawValue)

  /// The part that is not arrays.
  public struct Progress: Sendable, Hashable, Codable, ForeignNumbers {
    public var method: LearnedRewardOptions.Method
    public var version: Int
    /// Number of training steps, and of steps that changed the parameters.
    public var steps: Int
    public var adamSteps: Int
    /// Moments of the outputs of the first head, and of the others.
    public var moments: RunningMoments?
    public var otherMoments: [RunningMoments]?
    /// Number of heads; nil for one.
    public var heads: Int?
    /// State of the random generator, four words.
    public var generator: [UInt64]

    public func checkNumbers() throws(ForeignNumberError) {
      _ = try Int(checked: version, in: plausibleCount, "version")
      _ = try Int(checked: steps, in: plausibleCount, "steps")
      _ = try Int(checked: adamSteps, in: plausibleCount, "adamSteps")
      _ = try Int(checked: heads ?? 1, in: CaptionNetworkState.heads, "heads")
      _ = try Int(checked: generator.count, in: 4...4, "the number of generator words")
      for moments in [moments].compactMap({ $0 }) + (otherMoments ?? []) { try moments.checkNumbers() }
    }
  }

  /// The layout of each buffer.
  public let layout: ParameterLayout
  public let parameters: FloatBuffer
  /// Adam's moments.
  public let firstMoment: FloatBuffer
  public let secondMoment: FloatBuffer
  public var progress: Progress

  init(layout: ParameterLayout, progress: Progress) {
    self.layout = layout
    self.progress = progress
    parameters = FloatBuffer(count: layout.count)
    firstMoment = FloatBuffer(count: layout.count)
    secondMoment = FloatBuffer(count: layout.count)
  }

  public init(_ progress: Progress) {
    var options = LearnedRewardOptions(progress.method)
    options.heads = progress.heads ?? 1
    self.init(layout: options.network.parameters, progress: progress)
  }

  public var parts: [RewardModelPart] {
    [
      RewardModelPart("reward.", layout, parameters), RewardModelPart("reward.adam.first.", layout, firstMoment),
      RewardModelPart("reward.adam.second.", layout, secondMoment),
    ]
  }
}
