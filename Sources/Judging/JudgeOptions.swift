/// How answers become labels.
public struct JudgeOptions: Sendable, Hashable {
  /// What a label is.
  public enum Labels: String, Sendable, Hashable, CaseIterable {
    /// 1 above the threshold, else 0.
    case hard
    /// The model's confidence, P(positive) / (P(positive) + P(negative)), moved so that it is 1/2 at the threshold
    /// (Confidence as a Reward, 2025). With the threshold `fixed(0)` it is the confidence itself. Hard where the server gives no
    /// log-probabilities.
    case soft
  }

  public var threshold: ThresholdRule
  public var labels: Labels

  public init(threshold: ThresholdRule = .calibrated, labels: Labels = .hard) {
    self.threshold = threshold
    self.labels = labels
  }
}
