/// Compares analytic gradients with central differences of a slow Float64 loss.
public enum GradientCheck {
  /// d loss / d parameters by central differences, one parameter at a time.
  /// - Parameters:
  ///   - indices: the parameters to vary, in the order of the result; nil for all.
  ///   - step: 1e-5 balances truncation (step^2) against cancellation (1e-16 / step).
  public static func centralDifferences(
    at parameters: [Double], indices: [Int]? = nil, step: Double = 1e-5, loss: ([Double]) -> Double
  ) -> [Double] {
    var point = parameters
    return (indices ?? Array(parameters.indices)).map { index in
      let value = point[index]
      point[index] = value + step
      let above = loss(point)
      point[index] = value - step
      let below = loss(point)
      point[index] = value
      return (above - below) / (2 * step)
    }
  }

  /// ||actual - expected|| / ||expected||, Euclidean; infinite if the lengths differ or the expected norm is zero, so
  /// that a vanished gradient cannot pass.
  public static func relativeError(_ actual: some Collection<Float>, _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    var difference = 0.0
    var norm = 0.0
    for (a, e) in zip(actual, expected) {
      difference += (Double(a) - e) * (Double(a) - e)
      norm += e * e
    }
    return norm > 0 ? (difference / norm).squareRoot() : .infinity
  }

  /// The largest |actual - expected|; infinite if the lengths differ.
  public static func largestError(_ actual: some Collection<Float>, _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    return zip(actual, expected).reduce(0) { largest, pair in
      let error = abs(Double(pair.0) - pair.1)
      // NaN compares as not larger; it must not pass for equal.
      return error.isNaN ? .infinity : max(largest, error)
    }
  }
}
