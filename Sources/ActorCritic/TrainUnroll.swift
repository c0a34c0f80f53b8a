import Trajectories

/// An unroll with the rewards for training. The reward pointers must stay valid during the update.
public struct TrainUnroll {
  public let unroll: Unroll
  /// [T, E] extrinsic rewards after scale, clip and coefficient.
  public let extrinsicRewards: UnsafePointer<Float>
  /// [T, E] intrinsic rewards after the coefficient; zeros in runs without intrinsic reward.
  public let intrinsicRewards: UnsafePointer<Float>

  public init(_ unroll: Unroll, extrinsicRewards: UnsafePointer<Float>, intrinsicRewards: UnsafePointer<Float>) {
    self.unroll = unroll
    self.extrinsicRewards = extrinsicRewards
    self.intrinsicRewards = intrinsicRewards
  }
}

/// The reason why a batch was refused or a train step could not be created; the parameters have not changed. Only
/// `stateNotFinite` is about the parameters themselves.
public enum TrainStepError: Error, Hashable, CustomStringConvertible, Sendable {
  case emptyBatch
  /// Columns of the batch, and the maximum.
  case tooManyColumns(Int, maximum: Int)
  /// The unroll's index in the batch, its T, and the T of the train step.
  case unrollLength(unroll: Int, found: Int, expected: Int)
  /// The unroll's index in the batch, the place in it, and the action.
  case actionOutOfRange(unroll: Int, step: Int, environment: Int, action: Int32, actionCount: Int)
  /// Value heads of the network, and of the options.
  case valueHeads(network: Int, options: Int)
  /// A parameter or a moment of Adam that is not finite: training cannot continue from this state.
  case stateNotFinite(String)

  public var description: String {
    switch self {
    case .emptyBatch:
      "a batch without unrolls cannot be trained from"
    case .tooManyColumns(let found, let maximum):
      "the batch has \(found) environment columns; at most \(maximum) fit"
    case .unrollLength(let unroll, let found, let expected):
      "unroll \(unroll) of the batch has \(found) steps, not \(expected)"
    case .actionOutOfRange(let unroll, let step, let environment, let action, let actionCount):
      "unroll \(unroll) of the batch has action \(action) at step \(step) of environment \(environment); "
        + "there are \(actionCount) actions"
    case .valueHeads(let network, let options):
      "the network has \(network) value heads; the options need \(options)"
    case .stateNotFinite(let tensor):
      "\(tensor) is not finite, so the policy cannot be trained, published or saved; resume from the newest checkpoint "
        + "with a lower learner.learning_rate or a lower learner.maximum_gradient_norm"
    }
  }
}
