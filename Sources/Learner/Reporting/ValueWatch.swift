import Foundation

/// Notices a run whose returns are too large for its values: their loss outweighs that of the policy and can ruin the layers
/// that both share, so that nothing is learned, and nothing else says so.
///
/// A value without a log. The learner shows it every update.
struct ValueWatch {
  /// Updates in a row with large errors that are worth a warning: values that begin at 0 need some in any run.
  static let patience = 40
  /// Errors are large from this many times `learner.value_clip` on.
  static let largeError = 2.0
  /// Values that explain this share of the returns' variance are learned, however large they are.
  static let learnedShare = 0.3
  /// The error at the suggested scale, in units of `learner.value_clip`.
  static let goodError = 0.4

  private let valueClip: Double
  private let scale: Double
  private var updates = 0

  /// - Parameters:
  ///   - valueClip: how far an update may move a value before its loss is clipped.
  ///   - scale: the factor of the environment's rewards.
  init(valueClip: Double, scale: Double) { (self.valueClip, self.scale) = (valueClip, scale) }

  /// - Parameters:
  ///   - valueLoss: mean squared error of the values.
  ///   - explainedVariance: share of the targets' variance that the values explain; nil if the targets are all alike.
  /// - Returns: a warning, once.
  mutating func observe(valueLoss: Double, explainedVariance: Double?) -> String? {
    if updates > Self.patience { return nil }
    let error = valueLoss.squareRoot() / valueClip
    guard error >= Self.largeError, (explainedVariance ?? 0) < Self.learnedShare else {
      updates = 0
      return nil
    }
    updates += 1
    guard updates > Self.patience else { return nil }
    let better = String(format: "%.1g", scale * Self.goodError / error)
    return "the returns are large: after \(updates) updates the values are wrong by "
      + "\(String(format: "%.2g", error * valueClip)), which outweighs what the policy learns; start again with "
      + "network.normalise_values = true, or reward.extrinsic_scale = \(better) or so"
  }
}
