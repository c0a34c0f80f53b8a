import Glibc

/// What a player has lost against the best fixed choice up to each round, and how fast it grows.
///
/// A player without regret loses less and less a round, so that regret grows slower than the number of rounds: the slope of
/// log regret by log rounds is below 1 (Park et al. 2024 test it, and the trend of regret by round).
struct RegretCurve: Sendable {
  /// [T] regret after 1, 2, ... rounds.
  private(set) var values: [Double]

  init(_ values: [Double]) { self.values = values }

  /// The mean of curves that are equally long.
  init(mean curves: [RegretCurve]) {
    values = Array(repeating: 0, count: curves.first?.values.count ?? 0)
    for curve in curves {
      for index in values.indices { values[index] += curve.values[index] / Double(curves.count) }
    }
  }

  /// Regret at the end.
  var last: Double { values.last ?? 0 }

  /// Rounds at which the curve is read, at equal distances of their logarithm; the first ones tell little.
  private func rounds(_ count: Int) -> [Int] {
    let (first, last) = (Self.firstRound, Double(values.count))
    return (0..<count).map { index in
      min(values.count, Int(first * pow(last / first, Double(index) / Double(count - 1))))
    }
  }

  private static let firstRound = 25.0
  private static let readings = 20
  /// Regret below this counts as this: a player may be ahead of every fixed choice.
  private static let least = 0.1

  /// Slope of log regret by log rounds, by least squares.
  var slope: Double {
    let points = rounds(Self.readings).map { (x: log(Double($0)), y: log(max(Self.least, values[$0 - 1]))) }
    let count = Double(points.count)
    let x = points.reduce(0) { $0 + $1.x } / count
    let y = points.reduce(0) { $0 + $1.y } / count
    let covariance = points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) }
    return covariance / points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
  }

  /// The z of Mann and Kendall's test of regret by round: below -1.645 it falls, at a level of 5%.
  var trend: Double { Self.trend(rounds(Self.readings).map { values[$0 - 1] / Double($0) }) }

  static func trend(_ numbers: [Double]) -> Double {
    var sum = 0.0
    for (index, number) in numbers.enumerated() {
      for later in numbers[(index + 1)...] { sum += later > number ? 1 : later < number ? -1 : 0 }
    }
    let n = Double(numbers.count)
    let deviation = (n * (n - 1) * (2 * n + 5) / 18).squareRoot()
    return sum > 0 ? (sum - 1) / deviation : sum < 0 ? (sum + 1) / deviation : 0
  }

  /// Whether regret by round falls.
  var falls: Bool { trend < -1.645 }
}
