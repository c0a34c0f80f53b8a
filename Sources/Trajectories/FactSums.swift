/// Sums of the facts of episodes, by name: what the episodes that ended in an unroll report, such as the deepest level that
/// each of them reached.
public struct FactSums: Sendable, Hashable {
  /// One fact, over the episodes that have it.
  public struct Entry: Sendable, Hashable {
    public let name: String
    public var sum: Double
    /// Episodes that had the fact; at least 1.
    public var count: UInt32

    public init(name: String, sum: Double, count: UInt32) {
      self.name = name
      self.sum = sum
      self.count = count
    }
  }

  /// Names that an unroll has at most. What an environment reports beyond them is left out.
  public static let maximumNames = 64
  /// Bytes of a name at most.
  public static let maximumNameBytes = 64
  /// Bound on the magnitude of a fact.
  public static let maximumMagnitude = 1e15

  /// In the order in which the names came; each name once.
  public private(set) var entries: [Entry] = []

  public init() {}

  /// - Returns: nil if a name comes twice.
  public init?(_ entries: [Entry]) {
    guard Set(entries.map(\.name)).count == entries.count else { return nil }
    self.entries = entries
  }

  public var isEmpty: Bool { entries.isEmpty }

  /// Adds an episode's fact. A value that is not finite or too large is left out, and so is a name beyond the bounds.
  public mutating func add(_ name: String, _ value: Double) {
    guard abs(value) <= Self.maximumMagnitude else { return }
    add(Entry(name: name, sum: value, count: 1))
  }

  /// Adds the facts of other episodes.
  public mutating func add(_ other: FactSums) {
    for entry in other.entries { add(entry) }
  }

  private mutating func add(_ entry: Entry) {
    // Few names, always in the same order: a search is faster than a table.
    if let index = entries.firstIndex(where: { $0.name == entry.name }) {
      entries[index].sum += entry.sum
      entries[index].count += entry.count
    } else if entries.count < Self.maximumNames, Self.isName(entry.name) {
      entries.append(entry)
    }
  }

  public mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// Whether a text may be the name of a fact: letters, digits, spaces and "_-./%" of ASCII, as reports and the names of
  /// metrics can have them.
  public static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    return (1...maximumNameBytes).contains(bytes.count) && bytes.allSatisfy(isPlain)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "%"):
      true
    default: false
    }
  }
}
