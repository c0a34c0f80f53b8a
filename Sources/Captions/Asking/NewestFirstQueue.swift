/// A set of caption ids that yields the highest id, which is the newest caption, first.
///
/// It has four levels of bits: a bit of one level says that a word of the level below is not zero. Every operation
/// touches at most four words. An id that is inserted again takes its old place in the order.
struct NewestFirstQueue: Sendable {
  /// Ids are below 64^4.
  static let maximumID = CaptionID(1 << 24) - 1

  private var levels: [[UInt64]] = Array(repeating: [], count: 4)
  private(set) var count = 0

  var reservedBytes: Int { levels.reduce(0) { $0 + $1.capacity * 8 } }

  func contains(_ id: CaptionID) -> Bool {
    let word = Int(id) >> 6
    return word < levels[0].count && levels[0][word] & (1 << UInt64(id & 63)) != 0
  }

  /// Adds an id; no effect if the set contains it.
  mutating func insert(_ id: CaptionID) {
    precondition(id <= Self.maximumID, "caption id out of range")
    guard !contains(id) else { return }
    count += 1
    var index = Int(id)
    for level in levels.indices {
      let word = index >> 6
      while levels[level].count <= word { levels[level].append(0) }
      levels[level][word] |= 1 << UInt64(index & 63)
      index = word
    }
  }

  /// Removes an id; no effect if the set does not contain it.
  mutating func remove(_ id: CaptionID) {
    guard contains(id) else { return }
    count -= 1
    var index = Int(id)
    for level in levels.indices {
      let word = index >> 6
      levels[level][word] &= ~(1 << UInt64(index & 63))
      if levels[level][word] != 0 { return }
      index = word
    }
  }

  /// The newest id; nil if the set is empty.
  var newest: CaptionID? { count > 0 ? highest(under: 0, level: levels.count) : nil }

  /// The newest id under bit `start` of a level. The level above the last one has a single bit, 0.
  private func highest(under start: Int, level: Int) -> CaptionID {
    var index = start
    for lower in levels[..<level].reversed() { index = (index << 6) | (63 - lower[index].leadingZeroBitCount) }
    return CaptionID(index)
  }
}
