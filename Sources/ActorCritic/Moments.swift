/// Number, mean and squared deviations of some values; moments of parts merge into those of the whole (Chan, Golub and
/// LeVeque 1979). Values that are not numbers spoil them, on purpose.
struct Moments: Sendable, Hashable {
  /// Advantages are divided by their deviation or by this, whichever is greater (ONI).
  static let minimumAdvantageDeviation = 1e-3

  var count = 0
  var mean = 0.0
  /// Sum of squared deviations from the mean.
  var squaredDeviations = 0.0

  init() {}

  /// Two passes over the `count` values that `value` gives.
  init(count: Int, of value: (Int) -> Double) {
    self.count = count
    guard count > 0 else { return }
    var sum = 0.0
    for index in 0..<count { sum += value(index) }
    mean = sum / Double(count)
    for index in 0..<count {
      let difference = value(index) - mean
      squaredDeviations += difference * difference
    }
  }

  /// Population variance; 0 without values.
  var variance: Double { count > 0 ? squaredDeviations / Double(count) : 0 }

  static func += (sum: inout Moments, other: Moments) {
    guard other.count > 0 else { return }
    let total = Double(sum.count + other.count)
    let difference = other.mean - sum.mean
    sum.squaredDeviations +=
      other.squaredDeviations + difference * difference * Double(sum.count) * Double(other.count) / total
    sum.mean += difference * Double(other.count) / total
    sum.count += other.count
  }
}
