import Glibc
import Tensor
import Trajectories

/// Which factors count with which choice of the first (`ActionStructure.uses`), and the entropy of such an action.
///
/// With v the verb, p its distribution and H_f the entropy of factor f given the observation,
///
///     H = H_0 + sum_v p_v G_v,   G_v = sum of H_f over the factors f that v uses
///
/// which is exact, because each factor's distribution does not depend on the verb otherwise. The gradient is that of the same sum
/// with each H_f times its share.
struct ActionGates: Sendable, Hashable {
  /// For each choice of the first factor a bit for each factor; the first factor's bit is set.
  private let bits: [UInt64]
  /// What each factor's entropy counts in the gradient; all 1 unless a run gives kinds of factors shares of their own.
  var shares: [Float]

  init(_ structure: ActionStructure) {
    shares = Array(repeating: 1, count: structure.sets.count)
    bits = structure.uses.map { uses in uses.reduce(1) { $0 | 1 << UInt64($1) } }
  }

  /// Whether factor `factor` counts in an action with this verb. Nothing does with a verb that does not exist.
  @inline(__always)
  func counts(_ factor: Int, with verb: Int) -> Bool {
    UInt(bitPattern: verb) < UInt(bitPattern: bits.count) && bits[verb] >> UInt64(factor) & 1 != 0
  }

  /// H of one row of log-probabilities.
  /// - Parameter counts: choices of each factor.
  func entropy(_ logs: UnsafePointer<Float>, _ counts: [Int]) -> Float {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * counts.count) { memory in
      // The allocation has room for two floats a factor, and a space has a factor.
      guard let entropies = memory.baseAddress else { return 0 }
      return measure(logs, counts, entropies, entropies + counts.count, isShared: false)
    }
  }

  /// Writes the entropy of each factor, and the probability that it counts; both zero for a factor that never does.
  /// - Parameter isShared: whether each entropy counts by its share in the result.
  /// - Returns: H.
  private func measure(
    _ logs: UnsafePointer<Float>, _ counts: [Int], _ entropies: UnsafeMutablePointer<Float>,
    _ chances: UnsafeMutablePointer<Float>, isShared: Bool
  ) -> Float {
    chances.update(repeating: 0, count: counts.count)
    for verb in bits.indices {
      let probability = expf(logs[verb])
      guard probability > 0 else { continue }
      for factor in counts.indices where bits[verb] >> UInt64(factor) & 1 != 0 { chances[factor] += probability }
    }
    chances[0] = 1
    var (start, sum) = (0, Float(0))
    for (factor, count) in counts.enumerated() {
      entropies[factor] = chances[factor] > 0 ? Rows.entropy(logProbabilities: logs + start, count: count) : 0
      sum += chances[factor] * (isShared ? shares[factor] * entropies[factor] : entropies[factor])
      start += count
    }
    return sum
  }

  /// As `ActionHead.writeGradient`.
  func writeGradient(
    _ logs: UnsafePointer<Float>, _ counts: [Int], choices: UnsafePointer<Int32>, logProbabilityGradient: Float,
    entropyGradient: Float, into gradient: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * counts.count) { memory in
      guard let entropies = memory.baseAddress else { return }
      let chances = entropies + counts.count
      let expected = measure(logs, counts, entropies, chances, isShared: true) - shares[0] * entropies[0]
      var start = 0
      for (factor, count) in counts.enumerated() {
        let isUsed = self.counts(factor, with: Int(choices[0]))
        Rows.writeLogitGradients(
          logProbabilities: logs + start, count: count, index: Int(choices[factor]),
          logProbabilityGradient: isUsed ? logProbabilityGradient : 0,
          entropyGradient: entropyGradient * shares[factor] * chances[factor], entropy: entropies[factor],
          into: gradient + start)
        start += count
      }
      // d (sum_u p_u G_u) / d x_v = p_v (G_v - sum_u p_u G_u)
      for verb in bits.indices {
        let probability = expf(logs[verb])
        guard probability > 0 else { continue }
        var used: Float = 0
        for factor in 1..<counts.count where bits[verb] >> UInt64(factor) & 1 != 0 {
          used += shares[factor] * entropies[factor]
        }
        gradient[verb] += entropyGradient * probability * (used - expected)
      }
    }
  }
}
