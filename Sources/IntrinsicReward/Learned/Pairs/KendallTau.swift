/// Rank correlation of two scorings of the same things (Kendall 1938).
enum KendallTau {
  /// Pairs ranked alike less pairs ranked the other way round, over all pairs: 1 = the same order, -1 = the reverse. Pairs
  /// that are equal in one of the two count for neither (tau-a). 1 for fewer than two things.
  static func tau(_ x: [Float], _ y: [Float]) -> Double {
    guard x.count > 1 else { return 1 }
    var sum = 0
    for i in 1..<x.count {
      for j in 0..<i { sum += sign(x[i], x[j]) * sign(y[i], y[j]) }
    }
    return Double(2 * sum) / Double(x.count * (x.count - 1))
  }

  private static func sign(_ a: Float, _ b: Float) -> Int { a > b ? 1 : a < b ? -1 : 0 }
}
