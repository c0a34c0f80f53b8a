/// Means of the facts of the last episodes, such as the deepest level that they reached. Memory is bounded.
public struct FactWindow: Sendable {
  /// Facts of a few episodes together.
  private struct Part {
    var sum: Double
    var count: Int
  }

  /// Parts of one fact, the newest last.
  private struct Series {
    var parts: [Part] = []
    var count = 0

    var mean: Double { parts.reduce(0) { $0 + $1.sum } / Double(max(1, count)) }

    mutating func add(_ part: Part, capacity: Int) {
      parts.append(part)
      count += part.count
      while let oldest = parts.first, parts.count > 1, count - oldest.count >= capacity {
        parts.removeFirst()
        count -= oldest.count
      }
    }
  }

  /// Names at most: an environment has a few, and a peer that invents more must not fill the memory.
  public static let maximumNames = 256

  /// The means are over this many episodes, or a few more.
  public let capacity: Int
  private var series: [String: Series] = [:]

  /// - Parameter capacity: at least 1.
  public init(capacity: Int) {
    precondition(capacity >= 1, "a window of facts holds at least one episode")
    self.capacity = capacity
  }

  /// Adds a fact of `count` episodes that ended together.
  /// - Returns: false if there are too many names for this one.
  public mutating func record(_ name: String, sum: Double, count: Int) -> Bool {
    guard count > 0, series[name] != nil || series.count < Self.maximumNames else { return false }
    series[name, default: Series()].add(Part(sum: sum, count: count), capacity: capacity)
    return true
  }

  /// The means by the names that records have: spaces are underscores.
  public var means: [String: Double] {
    Dictionary(
      series.map { ($0.key.replacing(" ", with: "_"), $0.value.mean) }, uniquingKeysWith: { first, _ in first })
  }
}
