import NeuralNetwork
import Statistics
import Tensor

/// What of a learned reward model must survive a restart; its labels are in the label store. Buffers are not changed any
/// more.
public struct CaptionNetworkState: RewardModelState {
  public static let methods = LearnedRewardOptions.Method.allCases.map(\.rawValue)

  /// The part that is not arrays.
  public struct Progress: Sendable, Hashable, Codable {
    public var method: LearnedRewardOptions.Method
    public var version: Int
    /// Training steps, and those of them that Adam made.
    public var steps: Int
    public var adamSteps: Int
    /// Of the first head's outputs, and of the others'.
    public var moments: RunningMoments?
    public var otherMoments: [RunningMoments]?
    /// Heads; nil in checkpoints of one.
    public var heads: Int?
    /// What the weights of pairs remember, one for each that is active.
    public var pairWeights: [Float?]?
    /// The random stream's state.
    public var generator: [UInt64]
  }

  /// The order of the parameters in each buffer.
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
