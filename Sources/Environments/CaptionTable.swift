#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The distinct captions of a run: bytes to dense id and back.
///
/// Bytes live in chunks that never move, so growth copies nothing and wastes at most one chunk; the index is an open
/// addressing table of ids. Looking up a known caption allocates nothing.
public struct CaptionTable: Sendable {
  /// Size of one arena chunk. A caption never straddles two.
  static let chunkBytes = 1 << chunkShift
  private static let chunkShift = 20

  public init() {}

  private var chunks: [[UInt8]] = []
  /// By id: chunk number and place in the chunk.
  private var starts: [UInt32] = [0]
  private var lengths: [UInt16] = [0]
  /// By id: the low half of the caption's hash, which spares most byte comparisons and every rehash.
  private var hashes: [UInt32] = [0]
  /// Ids, 0 where free; a power of two at most two thirds full. Linear probing.
  private var slots: [UInt32] = Array(repeating: 0, count: 1024)
  /// Nothing observable depends on it, so a fresh one costs no reproducibility and defeats crafted collisions.
  private let seed = UInt64.random(in: 0 ... .max)

  /// Captions held; they have the ids 1 ... count.
  public var count: Int { starts.count - 1 }

  /// Memory reserved for captions and index, in bytes.
  public var reservedBytes: Int {
    chunks.count * Self.chunkBytes + starts.capacity * 4 + lengths.capacity * 2 + hashes.capacity * 4
      + slots.capacity * 4
  }

  /// The id of a known caption.
  public func find(_ caption: UnsafeBufferPointer<UInt8>) -> UInt32? {
    let hash = UInt32(truncatingIfNeeded: ByteHash.fast(caption, seed: seed))
    let id = slots[slot(of: caption, hash: hash)]
    return id == 0 ? nil : id
  }

  /// The id of the caption, and whether it is new. Nil when it is new and `limit` captions are already held.
  /// - Parameter caption: 1 ... 65535 bytes.
  public mutating func intern(_ caption: UnsafeBufferPointer<UInt8>, limit: Int) -> (id: UInt32, isNew: Bool)? {
    let hash = UInt32(truncatingIfNeeded: ByteHash.fast(caption, seed: seed))
    let place = slot(of: caption, hash: hash)
    if slots[place] != 0 { return (slots[place], false) }
    guard count < limit else { return nil }

    let id = UInt32(starts.count)
    starts.append(store(caption))
    lengths.append(UInt16(caption.count))
    hashes.append(hash)
    slots[place] = id
    if count * 3 > slots.count * 2 { growIndex() }
    return (id, true)
  }

  /// Calls `body` with the bytes of a caption that the table holds.
  public func withBytes<Result>(of id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result
  {
    let start = Int(starts[Int(id)])
    let length = Int(lengths[Int(id)])
    return try chunks[start >> Self.chunkShift].withUnsafeBufferPointer { chunk in
      let offset = start & (Self.chunkBytes - 1)
      return try body(UnsafeBufferPointer(rebasing: chunk[offset..<offset + length]))
    }
  }

  /// The slot that holds the caption, or the free one where it belongs.
  private func slot(of caption: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Int {
    let mask = slots.count - 1
    var place = Int(hash) & mask
    while slots[place] != 0 {
      if hashes[Int(slots[place])] == hash, holds(slots[place], caption) { return place }
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
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(Self.chunkBytes)
    }
    let last = chunks.count - 1
    let start = (last << Self.chunkShift) | chunks[last].count
    chunks[last].append(contentsOf: caption)
    return UInt32(start)
  }

  private mutating func growIndex() {
    slots = Array(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for id in 1..<starts.count {
      var place = Int(hashes[id]) & mask
      while slots[place] != 0 { place = (place + 1) & mask }
      slots[place] = UInt32(id)
    }
  }
}
