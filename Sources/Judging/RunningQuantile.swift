/// Quantiles of the latest numbers of a stream.
///
/// A bounded window rather than the P² estimate: it forgets, so it follows a policy that comes to new places, and its
/// answer is exact.
public struct RunningQuantile: Sendable, Hashable {
  /// Numbers kept.
  public static let windowSize = 512

  /// In the order they came; from `oldest` on once the window is full.
  private var window: [Double] = []
  private var oldest = 0
  private var sorted: [Double] = []

  public init() {}

  public var count: Int { window.count }

  /// Takes a number in, and the oldest out of a full window. Numbers that are not finite are left out.
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

  /// The number below which a share of the window lies, interpolated between neighbours; nil for an empty window.
  /// - Parameter share: 0 ... 1.
  public func quantile(_ share: Double) -> Double? {
    guard let last = sorted.indices.last else { return nil }
    let position = min(max(share, 0), 1) * Double(last)
    let lower = Int(position)
    let upper = min(lower + 1, last)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - Double(lower))
  }

  /// The first place whose number is not less.
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
