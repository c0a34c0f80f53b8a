import Glibc
import Statistics

/// Combines the advantages of several value heads into the one that the policy learns from:
///
///     A = sum_h scale_h * (A_h - shift_h)
protocol AdvantageTerm: Sendable {
  /// - Parameters:
  ///   - moments: the moments of each head's advantages over the whole batch.
  ///   - policyVersion: the number of updates so far.
  /// - Returns: the shift and scale of each head.
  func coefficients(_ moments: [Moments], policyVersion: UInt64) -> [(shift: Float, scale: Float)]
}

extension Moments {
  /// Advantages are divided by their deviation or by this, whichever is greater (ONI).
  static let minimumAdvantageDeviation = 1e-3
}

/// Exploration decoupled from the task, after RLSP (arXiv 2502.06773): the intrinsic reward has its own critic, whose
/// advantages are normalised separately and lose weight over the run:
///
///     A = z(A_ext) + alpha * e^(-t / tau) * z(A_int)        z(A) = (A - mean) / deviation
///
/// Thus the scale of a reward does not decide its share of the update.
public struct ExplorationCritic: AdvantageTerm, Sendable, Hashable {
  /// alpha, the initial weight of the intrinsic advantages.
  public var weight: Float
  /// tau, in updates; 0 keeps the weight constant.
  public var decayUpdates: Double

  public init(weight: Float = 1, decayUpdates: Double = 0) {
    self.weight = weight
    self.decayUpdates = decayUpdates
  }

  /// The weight of the intrinsic advantages at the update of a policy version.
  public func weight(at policyVersion: UInt64) -> Float {
    decayUpdates > 0 ? weight * expf(-Float(Double(policyVersion) / decayUpdates)) : weight
  }

  func coefficients(_ moments: [Moments], policyVersion: UInt64) -> [(shift: Float, scale: Float)] {
    moments.enumerated().map { head, moments in
      let deviation = max(moments.variance.squareRoot(), Moments.minimumAdvantageDeviation)
      return (Float(moments.mean), (head == 0 ? 1 : weight(at: policyVersion)) / Float(deviation))
    }
  }
}
