import Glibc

/// The softmax of one row of logits, and the categorical distribution that it defines.
///
/// A logit of minus infinity has probability zero. A row with a NaN, or without a logit above minus infinity, gives NaN.
extension Rows {
  /// y [count] = log softmax(x [count]); x and y may be the same memory. Returns the log of the normaliser.
  @inline(never) @discardableResult
  public static func logSoftmax(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) -> Float {
    let largest = maximum(x, count: count)
    let normaliser = largest + logf(sumOfWeights(x, largest: largest, count: count))
    Lanes.forEach(count) { i, remaining in
      Lanes.store(Lanes.load(x + i, remaining: remaining) - normaliser, to: y + i, remaining: remaining)
    }
    return normaliser
  }

  /// The index at which the cumulative probabilities of softmax(x [count]) pass `uniform`, in [0, 1), and its log-probability.
  /// An index with probability zero is never chosen.
  @inline(never)
  public static func sample(
    _ x: UnsafePointer<Float>, count: Int, uniform: Float
  ) -> (index: Int, logProbability: Float) {
    let largest = maximum(x, count: count)
    var total: Float = 0
    Lanes.forEach(count) { i, remaining in
      total += Lanes.sum(weights(x + i, remaining: remaining, largest: largest))
    }
    let threshold = uniform * total
    var before: Float = 0
    var chosen = 0
    for start in stride(from: 0, to: count, by: Lanes.width) {
      let lanes = weights(x + start, remaining: count - start, largest: largest)
      // The additions are those of the total, so the sum ends at the total, which is above the threshold.
      let after = before + Lanes.sum(lanes)
      // Added one by one, the lanes of a vector may give slightly less; then the last possible one is chosen.
      for lane in 0..<min(Lanes.width, count - start) where lanes[lane] > 0 {
        chosen = start + lane
        before += lanes[lane]
        if before > threshold { break }
      }
      if after > threshold { break }
      before = after
    }
    // As `logSoftmax` rounds it, so that an actor's log-probabilities are those that the learner computes, bit for bit.
    return (chosen, x[chosen] - (largest + logf(sumOfWeights(x, largest: largest, count: count))))
  }

  /// -sum p log p in nats, from log-probabilities [count].
  @inline(never)
  public static func entropy(logProbabilities: UnsafePointer<Float>, count: Int) -> Float {
    var sums = Lanes.Vector.zero
    Lanes.forEach(count) { i, remaining in
      let logs = Lanes.load(logProbabilities + i, remaining: remaining, fill: -.infinity)
      // p log p tends to zero with p.
      sums += (Lanes.exponential(logs) * logs).replacing(with: 0, where: logs .== -.infinity)
    }
    return -Lanes.sum(sums)
  }

  /// Writes d loss / d x [count] for a loss that depends on softmax(x) through one log-probability and the entropy H:
  ///
  ///     dL/dx_j = dL/dlogp_a (1[j = a] - p_j) - dL/dH p_j (log p_j + H)
  ///
  /// - Parameters:
  ///   - logProbabilities: log softmax(x); may be the same memory as `gradients`.
  ///   - index: a.
  @inline(never)
  public static func writeLogitGradients(
    logProbabilities: UnsafePointer<Float>, count: Int, index: Int, logProbabilityGradient: Float,
    entropyGradient: Float, entropy: Float, into gradients: UnsafeMutablePointer<Float>
  ) {
    Lanes.forEach(count) { i, remaining in
      let logs = Lanes.load(logProbabilities + i, remaining: remaining, fill: -.infinity)
      let slope = Lanes.fused(
        Lanes.Vector(repeating: entropyGradient), logs + entropy, Lanes.Vector(repeating: logProbabilityGradient))
      let values = (-Lanes.exponential(logs) * slope).replacing(with: 0, where: logs .== -.infinity)
      Lanes.store(values, to: gradients + i, remaining: remaining)
    }
    gradients[index] += logProbabilityGradient
  }

  /// e^(x - largest); zero for minus infinity and for lanes beyond the end, where the exponential would saturate.
  @inline(__always)
  private static func weights(_ x: UnsafePointer<Float>, remaining: Int, largest: Float) -> Lanes.Vector {
    let v = Lanes.load(x, remaining: remaining, fill: -.infinity)
    return Lanes.exponential(v - largest).replacing(with: 0, where: v .== -.infinity)
  }

  @inline(__always)
  private static func sumOfWeights(_ x: UnsafePointer<Float>, largest: Float, count: Int) -> Float {
    var sums = Lanes.Vector.zero
    Lanes.forEach(count) { i, remaining in sums += weights(x + i, remaining: remaining, largest: largest) }
    return Lanes.sum(sums)
  }

  /// The largest of x [count] that is not NaN.
  @inline(__always)
  private static func maximum(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var largest = Lanes.Vector(repeating: -.infinity)
    Lanes.forEach(count) { i, remaining in
      let v = Lanes.load(x + i, remaining: remaining, fill: -.infinity)
      largest = largest.replacing(with: v, where: v .> largest)
    }
    return largest.max()
  }
}
