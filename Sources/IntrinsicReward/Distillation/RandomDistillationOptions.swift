/// How random network distillation is set up.
public struct RandomDistillationOptions: Sendable {
  /// Units of each layer.
  public var width = 48
  /// Share of the steps that the predictor is trained on, above 0, at most 1.
  public var share: Float = 0.25
  /// Adam's step size.
  public var learningRate: Float = 1e-4
  /// Discount of the return whose deviation errors are divided by.
  public var discount: Float = 0.99
  /// Of the networks and of the draw of steps.
  public var seed: UInt64 = 0

  public init() {}
}
