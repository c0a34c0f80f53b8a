/// A set of caption ids that yields the id with the highest key first, and the highest id among equal keys.
///
/// It is a binary heap of words that hold key and id, so that one comparison decides by both, and an index of each id's
/// place: inserting, removing and changing a key take logarithmic time. A key that grows by 1, as at each further
/// sighting of a caption, rarely moves its entry.
struct CaptionHeap: Sendable {
  /// Key in the upper half, id in the lower.
  private var entries: [UInt64] = []
  /// Index in `entries` plus 1 of each id; 0 for ids that are not in the set.
  private var places: [UInt32] = []

  var count: Int { entries.count }
  var reservedBytes: Int { entries.capacity * 8 + places.capacity * 4 }

  func contains(_ id: CaptionID) -> Bool { Int(id) < places.count && places[Int(id)] != 0 }

  /// Adds an id, or changes the key of one in the set.
  mutating func set(_ id: CaptionID, key: UInt32) {
    let entry = UInt64(key) << 32 | UInt64(id)
    while places.count <= Int(id) { places.append(0) }
    guard places[Int(id)] != 0 else {
      entries.append(entry)
      rise(entry, from: entries.count - 1)
      return
    }
    move(entry, to: Int(places[Int(id)]) - 1)
  }

  /// Removes an id; no effect if the set does not contain it.
  mutating func remove(_ id: CaptionID) {
    guard contains(id) else { return }
    let place = Int(places[Int(id)]) - 1
    places[Int(id)] = 0
    let last = entries.removeLast()
    if place < entries.count { move(last, to: place) }
  }

  /// The id with the highest key; nil if the set is empty.
  var highest: CaptionID? { entries.first.map { CaptionID(truncatingIfNeeded: $0) } }

  /// Replaces the entry at `place` and restores the heap order.
  private mutating func move(_ entry: UInt64, to place: Int) {
    if place > 0, entries[(place - 1) / 2] < entry {
      rise(entry, from: place)
    } else {
      sink(entry, from: place)
    }
  }

  private mutating func rise(_ entry: UInt64, from start: Int) {
    var place = start
    while place > 0, entries[(place - 1) / 2] < entry {
      put(entries[(place - 1) / 2], at: place)
      place = (place - 1) / 2
    }
    put(entry, at: place)
  }

  private mutating func sink(_ entry: UInt64, from start: Int) {
    var place = start
    while true {
      var child = 2 * place + 1
      guard child < entries.count else { break }
      if child + 1 < entries.count, entries[child + 1] > entries[child] { child += 1 }
      guard entries[child] > entry else { break }
      put(entries[child], at: place)
      place = child
    }
    put(entry, at: place)
  }

  private mutating func put(_ entry: UInt64, at place: Int) {
    entries[place] = entry
    places[Int(UInt32(truncatingIfNeeded: entry))] = UInt32(place + 1)
  }
}
