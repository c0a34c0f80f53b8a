/// Warns when labels are so noisy that rewards learned from them lead astray. Policies put up with many flipped rewards
/// (2505.22653: 40 % cost three points), so that what matters is how far the flips are from one half.
///
/// The flips are estimated from the held-out labels: a model that has learned what is true disagrees with a label exactly
/// where that was flipped, so disagreement is the rate of flips or, while the model is worse, more.
public struct NoisyRewardMonitor: Monitor {
  /// Rate from which on it warns.
  static let maximumFlipRate = 0.3
  static let minimumHeldOut = 20

  public let name = "noisy labels"

  public init() {}

  public mutating func observe(_ reading: MonitorReading) -> String? {
    guard let agreement = reading.heldOutAgreement, reading.heldOut >= Self.minimumHeldOut else { return nil }
    let rate = 1 - agreement
    guard rate > Self.maximumFlipRate else { return nil }
    return "\(Int((100 * rate).rounded())) % of \(reading.heldOut) held-out labels are not what the model foretells"
  }
}
