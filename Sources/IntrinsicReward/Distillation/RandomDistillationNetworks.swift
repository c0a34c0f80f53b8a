import NeuralNetwork
import Runtime
import Tensor

/// The two networks of random network distillation: a fixed random target, and a predictor with one more layer.
struct RandomDistillationNetworks: Sendable {
  let target: CaptionHead
  let predictor: CaptionHead
  let targetLayout: ParameterLayout
  let predictorLayout: ParameterLayout

  /// - Parameters:
  ///   - inputs: number of floats of an observation.
  ///   - width: number of units of each layer and of outputs.
  init(inputs: Int, width: Int) {
    var layout = ParameterLayout()
    target = CaptionHead(inputs: inputs, hidden: [width], outputs: width, dropout: 0, in: &layout)
    targetLayout = layout
    layout = ParameterLayout()
    predictor = CaptionHead(inputs: inputs, hidden: [width, width], outputs: width, dropout: 0, in: &layout)
    predictorLayout = layout
  }

  /// Mean squared difference over the outputs, for each row.
  static func errors(_ predicted: Matrix, _ wanted: Matrix) -> [Float] {
    (0..<predicted.rows).map { row in
      var sum: Float = 0
      for i in 0..<predicted.columns {
        let difference = predicted.row(row)[i] - wanted.row(row)[i]
        sum += difference * difference
      }
      return sum / Float(predicted.columns)
    }
  }

  /// Writes the gradient of the rows' mean error with respect to the predictions.
  static func differentiate(_ predicted: Matrix, _ wanted: Matrix, into gradients: MutableMatrix) {
    let scale = 2 / Float(predicted.rows * predicted.columns)
    for row in 0..<predicted.rows {
      for i in 0..<predicted.columns {
        gradients.row(row)[i] = scale * (predicted.row(row)[i] - wanted.row(row)[i])
      }
    }
  }
}

/// The saved state of random network distillation.
public struct RandomDistillationState: RewardModelState {
  public enum Method: String, Sendable, Hashable, Codable {
    case rnd
  }

  public static let methods = [Method.rnd.rawValue]

  /// The part that is not arrays.
  public struct Progress: Sendable, Hashable, Codable, ForeignNumbers {
    public var method = Method.rnd
    /// Number of floats of an observation, and of units of a layer.
    public var inputs: Int
    public var width: Int
    public var adamSteps: Int
    public var skippedSteps: Int
    /// Number of observations in the moments.
    public var observations: Double
    public var normaliser: ReturnNormaliser
    /// State of the random generator, four words.
    public var generator: [UInt64]

    public func checkNumbers() throws(ForeignNumberError) {
      // The product of the two is the size of a matrix.
      _ = try Int(checked: inputs, in: 1...(1 << 20), "inputs")
      _ = try Int(checked: width, in: 1...(1 << 12), "width")
      _ = try Int(checked: adamSteps, in: plausibleCount, "adamSteps")
      _ = try Int(checked: skippedSteps, in: plausibleCount, "skippedSteps")
      _ = try Int(checked: Int(saturating: observations), in: plausibleCount, "observations")
      _ = try Int(checked: generator.count, in: 4...4, "the number of generator words")
      try normaliser.checkNumbers()
    }
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
