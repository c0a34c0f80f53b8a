/// What every caption is worth by one version of a learned model. Immutable, so that it is handed from thread to thread.
public final class RewardScores: Sendable {
  /// 0 = nothing was learned yet.
  public let version: Int
  /// By caption id; NaN for captions that were not scored yet.
  let values: [Float]
  public let statistics: RewardModelStatistics
  /// The model they came from; nil for version 0.
  let state: RewardModelState?

  init(version: Int, values: [Float], statistics: RewardModelStatistics, state: RewardModelState?) {
    self.version = version
    self.values = values
    self.statistics = statistics
    self.state = state
  }

  /// Those of a model that has learned nothing.
  static var none: RewardScores {
    RewardScores(version: 0, values: [], statistics: RewardModelStatistics(), state: nil)
  }
}
