/// Whether an episode that goes badly is worth its steps: the chance that a new start is better.
///
/// Adaptive inference-time compute (Manvi et al. 2024) asks a language model for this chance, after training it on pairs of
/// answers to one question. Here it follows from values that the policy has anyway. The returns that are predicted at the
/// first observation, V_0, and at the current one, V_t, are taken for the strengths of a Bradley-Terry model:
///
///     P(a new start is better) = V_0 / (V_0 + V_t)
///
/// which is 1/2 where nothing has changed, and does not depend on the unit of rewards. A start that promises nothing is never
/// better.
public enum RestartChance {
  /// Fact of an episode whose entry allows cuts: 1 if it was cut, else 0.
  public static let fact = "cut_episodes"

  /// From 0 to 1.
  /// - Parameters:
  ///   - start: V_0.
  ///   - current: V_t.
  @inlinable public static func value(start: Float, current: Float) -> Float {
    guard start > 0, start.isFinite else { return 0 }
    // A value that is not a number cuts nothing.
    guard current == current else { return 0 }
    return current <= 0 ? 1 : start / (start + current)
  }
}
