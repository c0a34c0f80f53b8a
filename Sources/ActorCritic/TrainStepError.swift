/// Why a batch was refused or a train step could not be made. The parameters are as they were.
public enum TrainStepError: Error, Hashable, CustomStringConvertible, Sendable {
  case emptyBatch
  /// Columns of the batch, and how many fit.
  case tooManyColumns(Int, maximum: Int)
  /// Unroll's index in the batch, its T, and the step's T.
  case unrollLength(unroll: Int, found: Int, expected: Int)
  /// Unroll's index in the batch, place in it, and the action.
  case actionOutOfRange(unroll: Int, step: Int, environment: Int, action: Int32, actionCount: Int)
  /// Value heads of the network and of the options.
  case valueHeads(network: Int, options: Int)

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
    }
  }
}
