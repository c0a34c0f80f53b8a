import Glibc
import Statistics

/// Exploration decoupled from the task, after RLSP (2502.06773): the intrinsic reward has a critic of its own, whose
/// advantages are normalised by themselves and weigh less and less:
///
///     A = z(A_ext) + alpha * e^(-t / tau) * z(A_int)        z(A) = (A - mean) / deviation
///
/// so that neither reward's scale decides how much of the update it gets.
public struct ExplorationCritic: AdvantageTerm, Sendable, Hashable {
  /// alpha
  public var weight: Float
  /// tau, in updates; 0 = the weight stays.
  public var decayUpdates: Double

  public init(weight: Float = 1, decayUpdates: Double = 0) {
    self.weight = weight
    self.decayUpdates = decayUpdates
  }

  /// The intrinsic advantages' weight at an update.
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
