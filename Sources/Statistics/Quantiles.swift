/// Quantiles of values in ascending order, by the three definitions in use. Each returns nil if there are no values.
public enum Quantile {
  /// Linear interpolation between the two nearest values (definition 7 of Hyndman and Fan 1996): 0 gives the first value
  /// and 1 the last.
  /// - Parameter share: 0 ... 1.
  public static func interpolated(_ share: Double, ofSorted values: [Double]) -> Double? {
    guard let last = values.indices.last else { return nil }
    let place = share * Double(last)
    let below = min(max(0, Int(place.rounded(.down))), last)
    let above = min(below + 1, last)
    return values[below] + (values[above] - values[below]) * (place - Double(below))
  }

  /// The smallest value that at least `share` of the values do not exceed (definition 1).
  public static func nearestRank<Value>(_ share: Double, ofSorted values: [Value]) -> Value? {
    guard !values.isEmpty else { return nil }
    let rank = Int((share * Double(values.count)).rounded(.up))
    return values[min(max(rank, 1), values.count) - 1]
  }

  /// The lower of the two values that `interpolated` uses.
  public static func lower<Value>(_ share: Double, ofSorted values: [Value]) -> Value? {
    guard let last = values.indices.last else { return nil }
    return values[min(max(0, Int(share * Double(last))), last)]
  }
}

/// Quantiles of the latest `windowSize` numbers of a stream.
///
/// A window instead of the P² estimate: it forgets, so it follows a policy that reaches new places, and its answer is exact.
public struct RunningQuantile: Sendable, Hashable {
  public static let windowSize = 512

  /// In order of arrival until the window is full; then a ring that begins at `oldest`.
  private var window: [Double] = []
  private var oldest = 0
  private var sorted: [Double] = []

  public init() {}

  /// Numbers in the window.
  public var count: Int { window.count }

  /// Adds a number and, if the window is full, removes the oldest one. Ignores numbers that are not finite.
  public mutating func add(_ number: Double) {
    guard number.isFinite else { return }
    if window.count < Self.windowSize {
      window.append(number)
    } else {
      sorted.remove(at: place(of: window[oldest]))
      window[oldest] = number
      oldest = (oldest + 1) % Self.windowSize
    }
    sorted.insert(number, at: place(of: number))
  }

  /// The interpolated quantile; nil if the window is empty.
  /// - Parameter share: 0 ... 1; values outside are clamped.
  public func quantile(_ share: Double) -> Double? {
    Quantile.interpolated(min(max(share, 0), 1), ofSorted: sorted)
  }

  /// Index of the first number that is not less than `number`.
  private func place(of number: Double) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
