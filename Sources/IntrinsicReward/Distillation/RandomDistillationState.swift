import NeuralNetwork
import Tensor

/// What of random network distillation must survive a restart.
public struct RandomDistillationState: RewardModelState {
  public enum Method: String, Sendable, Hashable, Codable {
    case rnd
  }

  public static let methods = [Method.rnd.rawValue]

  /// The part that is not arrays.
  public struct Progress: Sendable, Hashable, Codable {
    public var method = Method.rnd
    /// Numbers of an observation, and units of a layer.
    public var inputs: Int
    public var width: Int
    public var adamSteps: Int
    public var skippedSteps: Int
    /// Observations that the moments were taken from.
    public var observations: Double
    public var normaliser: ReturnNormaliser
    /// The random stream's state.
    public var generator: [UInt64]
  }

  public let progress: Progress
  let target: FloatBuffer
  let predictor: FloatBuffer
  let firstMoment: FloatBuffer
  let secondMoment: FloatBuffer
  let moments: FloatBuffer
  private let networks: RandomDistillationNetworks
  private let momentLayout: ParameterLayout

  public init(_ progress: Progress) {
    self.progress = progress
    networks = RandomDistillationNetworks(inputs: progress.inputs, width: progress.width)
    target = FloatBuffer(count: networks.targetLayout.count)
    predictor = FloatBuffer(count: networks.predictorLayout.count)
    firstMoment = FloatBuffer(count: networks.predictorLayout.count)
    secondMoment = FloatBuffer(count: networks.predictorLayout.count)
    let empty = ElementMoments(count: progress.inputs)
    moments = empty.values
    momentLayout = empty.layout
  }

  public var parts: [RewardModelPart] {
    let layout = networks.predictorLayout
    return [
      RewardModelPart("reward.target.", networks.targetLayout, target),
      RewardModelPart("reward.predictor.", layout, predictor),
      RewardModelPart("reward.adam.first.", layout, firstMoment),
      RewardModelPart("reward.adam.second.", layout, secondMoment),
      RewardModelPart("reward.observation.", momentLayout, moments),
    ]
  }
}
