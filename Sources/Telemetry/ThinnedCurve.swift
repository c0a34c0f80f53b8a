/// A curve over the whole life of a process in a bounded number of points. When it is full, every second point goes and
/// twice as many new ones pass between two that are kept, so that the points stay evenly spread. Its last point is always
/// the newest.
public struct ThinnedCurve<Point: Sendable>: Sendable {
  /// Points at most.
  public let capacity: Int
  private var kept: [Point] = []
  private var newest: Point?
  /// New points for each that is kept.
  private var stride = 1
  /// New points since the last that was kept.
  private var skipped = 0

  /// - Parameter capacity: at least 2.
  public init(capacity: Int) {
    precondition(capacity >= 2, "a curve has at least two points")
    self.capacity = capacity
  }

  public mutating func add(_ point: Point) {
    skipped += 1
    guard skipped >= stride else {
      newest = point
      return
    }
    newest = nil
    skipped = 0
    kept.append(point)
    guard kept.count >= capacity else { return }
    // Counted from the end, so that the newest point stays.
    kept = kept.enumerated().filter { (kept.count - 1 - $0.offset).isMultiple(of: 2) }.map(\.element)
    stride *= 2
  }

  /// The points, oldest first; at most `capacity`.
  public var points: [Point] { kept + (newest.map { [$0] } ?? []) }
}
