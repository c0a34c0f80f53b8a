import Glibc

/// Nash-MD on a table of probabilities (Munos et al. 2023, theorem 1): what `NashLoss` does to a policy that can represent
/// everything. For tests, and for judges small enough to write down.
public struct NashMirrorDescent: Sendable {
  /// Strength of the pull to the reference.
  public var tau: Double
  /// Step size. tau far below eta diverges for judges that prefer in a circle.
  public var eta: Double

  public init(tau: Double, eta: Double) {
    self.tau = tau
    self.eta = eta
  }

  /// One step: pi' in proportion to m exp(eta P(. > m)), with m in proportion to pi^(1 - eta tau) ref^(eta tau).
  /// - Parameters:
  ///   - policy: probabilities, all positive.
  ///   - preferences: P(i > j).
  public func step(_ policy: [Double], reference: [Double], preferences: [[Double]]) -> [Double] {
    let mixture = normalised(
      zip(policy, reference).map { exp((1 - eta * tau) * log($0) + eta * tau * log($1)) })
    return normalised(
      policy.indices.map { i in
        mixture[i] * exp(eta * zip(preferences[i], mixture).reduce(0) { $0 + $1.0 * $1.1 })
      })
  }

  /// How much a best answer gains over the policy in the judge's game with a pull to the reference; 0 at its equilibrium.
  /// The best answer to pi is in proportion to ref exp(P(. > pi) / tau).
  public func gap(_ policy: [Double], reference: [Double], preferences: [[Double]]) -> Double {
    let gains = policy.indices.map { i in zip(preferences[i], policy).reduce(0) { $0 + $1.0 * $1.1 } }
    let best = normalised(zip(reference, gains).map { $0 * exp($1 / tau) })
    func value(_ own: [Double]) -> Double {
      own.indices.reduce(0) { $0 + own[$1] * (gains[$1] - tau * log(own[$1] / reference[$1])) }
    }
    return value(best) - value(policy)
  }

  private func normalised(_ weights: [Double]) -> [Double] {
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}
