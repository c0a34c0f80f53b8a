/// The memory into which an environment writes one observation and its caption.
///
/// The caller owns both. `row` points to `ObservationLayout.rowByteCount` bytes, aligned to 8, that are valid only during the
/// call of `reset` or `step`. The previous content of the row is undefined, so an environment must write every field that
/// it declares.
public struct StepOutput {
  public let row: UnsafeMutableRawPointer
  public let caption: CaptionBuffer

  public init(row: UnsafeMutableRawPointer, caption: CaptionBuffer) {
    self.row = row
    self.caption = caption
  }

  /// The field at a byte offset of the layout, as `count` elements of its type.
  @inlinable public func field<Element>(
    at offset: Int, as type: Element.Type, count: Int
  ) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: (row + offset).assumingMemoryBound(to: type), count: count)
  }
}

/// The caption of the latest observation: at most `capacity` bytes; empty if the step has no caption.
///
/// One thread at a time uses it. Its storage is allocated once; setting a caption copies bytes and allocates nothing.
public final class CaptionBuffer {
  /// The length of NetHack's message line. Longer captions are cut.
  public static let capacity = 256

  private let storage: UnsafeMutablePointer<UInt8>
  /// Length of the caption in bytes.
  public private(set) var count = 0

  public init() {
    storage = .allocate(capacity: Self.capacity)
    storage.initialize(repeating: 0, count: Self.capacity)
  }

  deinit { storage.deallocate() }

  /// The caption's bytes; valid until the next `set`, `append` or `clear`.
  public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: storage, count: count) }

  /// Makes the caption empty.
  public func clear() { count = 0 }

  /// Copies `source`, cut to `capacity`.
  public func set(_ source: UnsafeBufferPointer<UInt8>) {
    count = min(source.count, Self.capacity)
    if count > 0, let base = source.baseAddress { storage.update(from: base, count: count) }
  }

  public func set(_ text: StaticString) {
    text.withUTF8Buffer { set($0) }
  }

  /// Adds `source` at the end and cuts the result to `capacity`.
  public func append(_ source: UnsafeBufferPointer<UInt8>) {
    let added = min(source.count, Self.capacity - count)
    if added > 0, let base = source.baseAddress { (storage + count).update(from: base, count: added) }
    count += added
  }
}
