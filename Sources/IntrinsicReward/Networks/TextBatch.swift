/// Texts that pass through a network together, each padded with zero bytes to what the encoder reads.
///
/// A blank text stands before them. What a text cannot change, it shares with the blank one: every column of an activation
/// that sees nothing but padding has the same value, so each is computed once, for the blank text, and not for the others.
public struct TextBatch: Sendable {
  /// Bytes of a text that are read; what goes beyond is cut off.
  public static let maximumBytes = 256

  /// Texts it can hold, without the blank one.
  public let capacity: Int
  /// Whether every column of every text is computed, as a network does that does not know of padding: for comparisons.
  public let isComplete: Bool
  /// [count + 1, maximumBytes], the blank text first.
  private(set) var bytes: [UInt8]
  /// Leading columns of the input that a text can change; 1 for the blank text, whose first stands for all blank ones.
  private(set) var lengths: [Int] = [1]

  public init(capacity: Int, isComplete: Bool = false) {
    precondition(capacity > 0, "a batch of no texts")
    self.capacity = capacity
    self.isComplete = isComplete
    bytes = Array(repeating: 0, count: (capacity + 1) * Self.maximumBytes)
  }

  /// Texts in it, without the blank one.
  public var count: Int { lengths.count - 1 }
  var indices: Range<Int> { 0..<count }

  public mutating func removeAll() { lengths.removeSubrange(1...) }

  /// Adds a text. There must be room.
  public mutating func append(_ text: some Collection<UInt8>) {
    precondition(count < capacity, "a batch has room for \(capacity) texts")
    let length = min(text.count, Self.maximumBytes)
    let start = lengths.count * Self.maximumBytes
    for index in 0..<Self.maximumBytes { bytes[start + index] = 0 }
    for (index, byte) in text.prefix(length).enumerated() { bytes[start + index] = byte }
    lengths.append(isComplete ? Self.maximumBytes : length)
  }
}
