import Statistics

/// How the advantages of several value heads become the one that the policy learns from:
///
///     A = sum_h scale_h * (A_h - shift_h)
protocol AdvantageTerm: Sendable {
  /// - Parameters:
  ///   - moments: of each head's advantages over the whole batch.
  ///   - policyVersion: updates so far.
  /// - Returns: shift and scale of each head.
  func coefficients(_ moments: [Moments], policyVersion: UInt64) -> [(shift: Float, scale: Float)]
}

extension Moments {
  /// Advantages are divided by their deviation or by this, whichever is greater (ONI).
  static let minimumAdvantageDeviation = 1e-3
}
