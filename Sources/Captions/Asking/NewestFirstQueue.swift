/// A set of caption ids that yields the highest, which is the newest, first.
///
/// Four levels of bits: a bit of one level says that a word of the level below is not zero. Every operation touches
/// at most four words, and an id that comes back takes its old place in the order.
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

  /// Adds an id; one that is already there changes nothing.
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

  /// Removes an id; one that is not there changes nothing.
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

  /// The newest id; nil when the queue is empty.
  var newest: CaptionID? { count > 0 ? highest(under: 0, level: levels.count) : nil }

  /// Takes out the newest id; nil when the queue is empty.
  mutating func popNewest() -> CaptionID? {
    guard let id = newest else { return nil }
    remove(id)
    return id
  }

  /// Up to `limit` ids, newest first.
  func newest(_ limit: Int) -> [CaptionID] {
    var ids: [CaptionID] = []
    while ids.count < limit, let next = ids.last.map({ newest(below: $0) }) ?? newest { ids.append(next) }
    return ids
  }

  /// The newest id below `bound`: up the levels to the first word with a bit below, and down along its highest bits.
  private func newest(below bound: CaptionID) -> CaptionID? {
    var index = Int(bound)
    for level in levels.indices {
      let word = index >> 6
      let below = levels[level][word] & ((1 << UInt64(index & 63)) - 1)
      if below != 0 { return highest(under: word << 6 | (63 - below.leadingZeroBitCount), level: level) }
      index = word
    }
    return nil
  }

  /// The newest id under bit `start` of a level; under all of them for the level above the last.
  private func highest(under start: Int, level: Int) -> CaptionID {
    var index = start
    for lower in levels[..<level].reversed() { index = (index << 6) | (63 - lower[index].leadingZeroBitCount) }
    return CaptionID(index)
  }
}
