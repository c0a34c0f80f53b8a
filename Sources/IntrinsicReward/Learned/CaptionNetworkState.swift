import NeuralNetwork
import Tensor

/// What of a learned reward model must survive a restart; its labels are in the label store. Buffers are not changed any
/// more.
public struct CaptionNetworkState: RewardModelState {
  /// The part that is not tensors.
  public struct Progress: Sendable, Hashable, Codable {
    public var method: LearnedRewardOptions.Method
    public var version: Int
    /// Training steps, and those of them that Adam made.
    public var steps: Int
    public var adamSteps: Int
    public var moments: RunningMoments?
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
    self.init(layout: progress.method.network.parameters, progress: progress)
  }

  public var parts: [RewardModelPart] {
    [
      RewardModelPart("reward.", layout, parameters), RewardModelPart("reward.adam.first.", layout, firstMoment),
      RewardModelPart("reward.adam.second.", layout, secondMoment),
    ]
  }
}

extension LearnedRewardOptions.Method {
  /// Where the parameters of the method's network lie.
  public var network: CaptionNetwork {
    switch self {
    case .classification: .classifier
    case .ranking: .ranking
    }
  }
}
