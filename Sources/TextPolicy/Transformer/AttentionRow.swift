import Tensor

/// What the attention of one query position has in common between training, which has all positions at once, and decoding,
/// which adds one. Both run these lines, so that they give the same bits.
enum AttentionRow {
  /// scores [count] = softmax(scale scores), in place; scores from `count` to `total` become zero: they belong to later
  /// positions. One pass for the maximum and one for the exponentials.
  @inline(__always)
  static func softmax(_ scores: UnsafeMutablePointer<Float>, count: Int, total: Int, scale: Float) {
    var largest = Lanes.Vector(repeating: -.infinity)
    Lanes.forEach(count) { i, left in
      let values = Lanes.load(scores + i, remaining: left, fill: -.infinity)
      largest = largest.replacing(with: values, where: values .> largest)
    }
    let top = maximum(largest)
    var sums = Lanes.Vector.zero
    Lanes.forEach(count) { i, left in
      let values = Lanes.load(scores + i, remaining: left, fill: -.infinity)
      // The exponential saturates instead of becoming zero, so lanes beyond the end are cleared.
      let weights = Lanes.exponential((values - top) * scale).replacing(with: 0, where: values .== -.infinity)
      sums += weights
      Lanes.store(weights, to: scores + i, remaining: left)
    }
    let factor = 1 / Lanes.sum(sums)
    Lanes.forEach(count) { i, left in
      Lanes.store(Lanes.load(scores + i, remaining: left) * factor, to: scores + i, remaining: left)
    }
    if total > count { (scores + count).update(repeating: 0, count: total - count) }
  }

  /// The largest lane, by halves; the standard library's `max` compares lane by lane.
  @inline(__always)
  private static func maximum(_ x: Lanes.Vector) -> Float {
    #if VECTOR_AVX512
      let eight = x.lowHalf.replacing(with: x.highHalf, where: x.highHalf .> x.lowHalf)
    #else
      let eight = x
    #endif
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
    return two[1] > two[0] ? two[1] : two[0]
  }

  /// slopes [count] = scale p (slopes - sum(p slopes)), in place: from d loss / d p to d loss / d scores.
  @inline(__always)
  static func softmaxBackward(
    _ slopes: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>, count: Int, total: Int, scale: Float
  ) {
    let mean = Elementwise.dot(slopes, weights, count: count)
    Lanes.forEach(count) { i, left in
      let centred = Lanes.load(slopes + i, remaining: left) - mean
      Lanes.store(
        centred * Lanes.load(weights + i, remaining: left) * scale, to: slopes + i, remaining: left)
    }
    if total > count { (slopes + count).update(repeating: 0, count: total - count) }
  }
}
