import CPlatform
import Runtime

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The distinct captions of a run: a map from bytes to dense ids and back.
///
/// Bytes live in chunks that never move, so growth copies nothing and wastes at most one chunk; the index is an open
/// addressing table of hashes and ids. Looking up a known caption allocates nothing, and among millions of captions
/// touches three places in memory as a rule: the slot, the caption's entry, its bytes.
public struct CaptionTable: Sendable {
  /// Bytes of a run's captions at most. Environments and ledgers cut longer ones to this length.
  static let maximumCaptionBytes = 256
  /// Size of one arena chunk. A caption never straddles two.
  static let chunkBytes = 1 << chunkShift
  private static let chunkShift = 22

  public init() {}

  /// Where a caption's bytes are.
  private struct Entry {
    /// Chunk number and place in the chunk.
    let start: UInt32
    let length: UInt16
  }

  private var chunks: [[UInt8]] = []
  /// By id.
  private var entries = [Entry(start: 0, length: 0)]
  /// The low half of a caption's hash above its id; 0 where free. The hash avoids most byte comparisons and every
  /// rehash. A power of two at most two thirds full. Linear probing.
  private var slots: [UInt64] = Array(repeating: 0, count: 1024)
  /// Nothing observable depends on the seed, so a random one keeps runs reproducible and defeats crafted collisions.
  private let seed = UInt64.random(in: 0 ... .max)

  /// Captions held; they have the ids 1 ... count.
  public var count: Int { entries.count - 1 }

  /// Memory reserved for captions and index, in bytes.
  public var reservedBytes: Int {
    chunks.count * Self.chunkBytes + entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * 8
  }

  /// The id of a known caption.
  public func find(_ caption: UnsafeBufferPointer<UInt8>) -> UInt32? {
    let hash = UInt32(truncatingIfNeeded: ByteHash.fast(caption, seed: seed))
    let id = UInt32(truncatingIfNeeded: slots[slot(of: caption, hash: hash)])
    return id == 0 ? nil : id
  }

  /// The id of the caption, and whether it is new. nil if it is new and the table holds `limit` captions.
  /// - Parameter caption: 1 ... 65535 bytes.
  public mutating func intern(_ caption: UnsafeBufferPointer<UInt8>, limit: Int) -> (id: UInt32, isNew: Bool)? {
    let hash = UInt32(truncatingIfNeeded: ByteHash.fast(caption, seed: seed))
    let place = slot(of: caption, hash: hash)
    if slots[place] != 0 { return (UInt32(truncatingIfNeeded: slots[place]), false) }
    guard count < limit else { return nil }

    let id = UInt32(entries.count)
    if entries.count == entries.capacity { entries = HugeArray.make(entries, capacity: entries.count * 2) }
    entries.append(Entry(start: store(caption), length: UInt16(caption.count)))
    slots[place] = UInt64(hash) << 32 | UInt64(id)
    if count * 3 > slots.count * 2 { growIndex() }
    return (id, true)
  }

  /// Calls `body` with the bytes of a caption that the table holds.
  public func withBytes<Result>(of id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result
  {
    let entry = entries[Int(id)]
    let start = Int(entry.start)
    let length = Int(entry.length)
    return try chunks[start >> Self.chunkShift].withUnsafeBufferPointer { chunk in
      let offset = start & (Self.chunkBytes - 1)
      return try body(UnsafeBufferPointer(rebasing: chunk[offset..<offset + length]))
    }
  }

  /// The slot of the caption, or the free slot for it.
  private func slot(of caption: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Int {
    let mask = slots.count - 1
    var place = Int(hash) & mask
    while slots[place] != 0 {
      if UInt32(slots[place] >> 32) == hash, holds(UInt32(truncatingIfNeeded: slots[place]), caption) { return place }
      place = (place + 1) & mask
    }
    return place
  }

  private func holds(_ id: UInt32, _ caption: UnsafeBufferPointer<UInt8>) -> Bool {
    withBytes(of: id) { held in
      guard held.count == caption.count, let left = held.baseAddress, let right = caption.baseAddress else {
        return held.count == caption.count
      }
      return memcmp(left, right, held.count) == 0
    }
  }

  /// Copies the bytes into the arena and returns where they start.
  private mutating func store(_ caption: UnsafeBufferPointer<UInt8>) -> UInt32 {
    if chunks.isEmpty || chunks[chunks.count - 1].count + caption.count > Self.chunkBytes {
      // The first chunk keeps small pages: most tables never fill it.
      chunks.append(HugeArray.make([], capacity: chunks.isEmpty ? 0 : Self.chunkBytes))
      chunks[chunks.count - 1].reserveCapacity(Self.chunkBytes)
    }
    let last = chunks.count - 1
    let start = (last << Self.chunkShift) | chunks[last].count
    chunks[last].append(contentsOf: caption)
    return UInt32(start)
  }

  private mutating func growIndex() {
    let old = slots
    slots = HugeArray.make(repeatElement(0, count: old.count * 2), capacity: old.count * 2)
    let mask = slots.count - 1
    for slot in old where slot != 0 {
      var place = Int(slot >> 32) & mask
      while slots[place] != 0 { place = (place + 1) & mask }
      slots[place] = slot
    }
  }
}

/// The learner's number of a distinct caption: 1, 2, ... in the order of first sightings. 0 is "no caption".
public typealias CaptionID = UInt32

/// Makes arrays for random access that use huge pages. A table of millions of entries spans more small pages than a
/// processor caches translations for, so that most accesses would also walk the page tables.
enum HugeArray {
  /// Smaller arrays would waste memory by huge pages and gain nothing.
  private static let minimumBytes = 4 << 20

  /// An array with room for `capacity` elements that begins with `elements`.
  static func make<Element>(_ elements: some Collection<Element>, capacity: Int) -> [Element] {
    let count = elements.count
    precondition(capacity >= count, "the capacity must hold the first elements")
    // The buffer is filled from its start, so nothing is read before it is written.
    return Array(unsafeUninitializedCapacity: capacity) { buffer, initialised in
      let bytes = capacity * MemoryLayout<Element>.stride
      if bytes >= minimumBytes, let start = buffer.baseAddress { tengu_advise_huge_pages(start, bytes) }
      _ = buffer[..<count].initialize(from: elements)
      initialised = count
    }
  }
}
