import Glibc

/// The ratio pi(a|x) / mu(a|x) of target to behaviour policy.
public enum ImportanceRatio {
  /// Ratios are kept in this range, as ONI (Sample Factory) does: beyond it they are noise that costs numerical trouble.
  /// V-trace and the policy loss both see the clamped ratio, and no gradient passes where the clamp acts.
  public static let range: ClosedRange<Float> = 0.05...20

  /// The clamped ratio. NaN stays NaN.
  @inlinable public static func clamped(logRatio: Float) -> Float {
    let ratio = expf(logRatio)
    return ratio < range.lowerBound ? range.lowerBound : ratio > range.upperBound ? range.upperBound : ratio
  }
}
