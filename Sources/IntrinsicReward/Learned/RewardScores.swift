/// What every caption is worth by one version of a learned model. Immutable, so that it is handed from thread to thread.
public final class RewardScores: Sendable {
  /// 0 = nothing was learned yet.
  public let version: Int
  /// By caption id; NaN for captions that were not scored yet.
  package let values: [Float]
  /// The same before they became rewards: log-odds, or whatever the method tells captions apart by.
  let margins: [Float]
  public let statistics: RewardModelStatistics
  /// The model they came from; nil for version 0.
  let state: CaptionNetworkState?

  init(version: Int, values: [Float], margins: [Float], statistics: RewardModelStatistics, state: CaptionNetworkState?)
  {
    self.version = version
    self.values = values
    self.margins = margins
    self.statistics = statistics
    self.state = state
  }

  /// Those of a model that has learned nothing.
  static var none: RewardScores {
    RewardScores(version: 0, values: [], margins: [], statistics: RewardModelStatistics(), state: nil)
  }
}
