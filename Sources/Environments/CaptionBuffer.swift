/// The caption of the latest observation: at most `capacity` bytes, empty when the environment said nothing.
///
/// Owned by one thread at a time. Its storage is allocated once; setting a caption copies bytes and allocates nothing.
public final class CaptionBuffer {
  /// NetHack's message line is 256 bytes; longer captions are cut.
  public static let capacity = 256

  @usableFromInline let storage: UnsafeMutablePointer<UInt8>
  public private(set) var count = 0

  public init() {
    storage = .allocate(capacity: Self.capacity)
    storage.initialize(repeating: 0, count: Self.capacity)
  }

  deinit { storage.deallocate() }

  /// The caption's bytes, valid until the next `set` or `clear`.
  public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: storage, count: count) }

  public func clear() { count = 0 }

  /// Copies `source`, cut to `capacity`.
  public func set(_ source: UnsafeBufferPointer<UInt8>) {
    count = min(source.count, Self.capacity)
    if count > 0, let base = source.baseAddress { storage.update(from: base, count: count) }
  }

  /// Adds `source` at the end, cut to `capacity`.
  public func append(_ source: UnsafeBufferPointer<UInt8>) {
    let added = min(source.count, Self.capacity - count)
    if added > 0, let base = source.baseAddress { (storage + count).update(from: base, count: added) }
    count += added
  }

  public func set(_ text: StaticString) {
    text.withUTF8Buffer { set($0) }
  }
}
