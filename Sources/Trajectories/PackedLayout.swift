/// Where several arrays lie in one block of memory: one after the other, each at the next multiple of 8 bytes. Observation
/// rows, unrolls and the tensors of messages are all packed this way.
public struct PackedLayout: Sendable, Hashable {
  /// Every array starts at a multiple of this many bytes, because elements have up to eight.
  public static let alignment = 8

  /// The place of one array in the block.
  public struct Place: Sendable, Hashable {
    /// Bytes from the start of the block.
    public let offset: Int
    public let byteCount: Int
  }

  /// One place for each array, in the order of the arrays.
  public let places: [Place]
  /// Bytes up to the end of the last array; the block is not padded after it.
  public let byteCount: Int

  /// - Parameter byteCounts: the size of each array in bytes.
  public init(_ byteCounts: [Int]) {
    var places: [Place] = []
    var end = 0
    for count in byteCounts {
      let offset = Self.aligned(end)
      places.append(Place(offset: offset, byteCount: count))
      end = offset + count
    }
    self.places = places
    byteCount = end
  }

  /// The smallest multiple of `alignment` that is at least `offset`.
  public static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) & ~(alignment - 1) }
}
