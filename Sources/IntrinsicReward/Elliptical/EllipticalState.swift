import NeuralNetwork
import Runtime
import Tensor

/// The saved state of the elliptical bonus: encoder, inverse model, optimiser and moments. The matrices of the episodes are
/// no part of it, because the episodes of a new session begin with it.
public struct EllipticalState: RewardModelState {
  public enum Method: String, Sendable, Hashable, Codable {
    case e3b
  }

  public static let methods = [Method.e3b.rawValue]

  /// The part that is not arrays.
  public struct Progress: Sendable, Hashable, Codable, ForeignNumbers {
    public var method = Method.e3b
    public var features: EllipticalOptions.Features
    /// Number of floats that the encoder reads, and of features.
    public var inputs: Int
    public var width: Int
    /// Choices of each factor of an action; empty unless an inverse model is trained.
    public var choices: [Int]
    public var adamSteps: Int
    public var skippedSteps: Int
    /// Number of observations in the moments.
    public var observations: Double
    public var normaliser: ReturnNormaliser
    /// State of the random generator, four words.
    public var generator: [UInt64]

    public func checkNumbers() throws(ForeignNumberError) {
      // Products of these are the sizes of matrices.
      _ = try Int(checked: inputs, in: 1...(1 << 20), "inputs")
      _ = try Int(checked: width, in: 1...(1 << 10), "width")
      _ = try Int(checked: choices.count, in: 0...256, "the number of factors")
      for count in choices { _ = try Int(checked: count, in: 1...(1 << 16), "choices") }
      _ = try Int(checked: adamSteps, in: plausibleCount, "adamSteps")
      _ = try Int(checked: skippedSteps, in: plausibleCount, "skippedSteps")
      _ = try Int(checked: Int(saturating: observations), in: plausibleCount, "observations")
      _ = try Int(checked: generator.count, in: 4...4, "the number of generator words")
      try normaliser.checkNumbers()
    }
  }

  public let progress: Progress
  let parameters: FloatBuffer
  let firstMoment: FloatBuffer
  let secondMoment: FloatBuffer
  let moments: FloatBuffer
  private let layout: ParameterLayout
  private let momentLayout: ParameterLayout

  public init(_ progress: Progress) {
    self.progress = progress
    let networks = progress.features.networks(
      inputs: progress.inputs, width: progress.width, choices: progress.choices)
    layout = networks.layout
    parameters = FloatBuffer(count: layout.count)
    firstMoment = FloatBuffer(count: layout.count)
    secondMoment = FloatBuffer(count: layout.count)
    let empty = ElementMoments(count: progress.inputs)
    moments = empty.values
    momentLayout = empty.layout
  }

  public var parts: [RewardModelPart] {
    [
      RewardModelPart("reward.", layout, parameters),
      RewardModelPart("reward.adam.first.", layout, firstMoment),
      RewardModelPart("reward.adam.second.", layout, secondMoment),
      RewardModelPart("reward.observation.", momentLayout, moments),
    ]
  }
}
