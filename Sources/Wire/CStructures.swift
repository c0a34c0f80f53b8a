import CProtobufC
import Glibc
import Tensor

/// A body of the envelope: its checks, and its conversion to and from the generated C structure.
///
/// The C structures point into memory of a `PackArena` (outgoing) or of the parser (incoming) and never leave this module.
protocol Body {
  associatedtype Packed

  /// Checks what the types do not ensure.
  func check(_ limits: WireLimits) throws(WireError)
  /// The C structure, without the tensors.
  func pack(_ arena: PackArena) -> Packed
  init(_ packed: Packed) throws(WireError)
}

/// The memory that outgoing C structures point into, until they are serialised: blocks that are filled from the front, so
/// that most messages take one.
///
/// Pointers are valid while the arena lives. Used by one thread.
final class PackArena {
  private static let blockBytes = 4096
  private static let alignment = 16

  private var blocks: [UnsafeMutableRawPointer] = []
  /// The unused rest of the latest block.
  private var rest = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { for block in blocks { block.deallocate() } }

  private func allocate<Element>(_ type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let rounded = (bytes + Self.alignment - 1) & ~(Self.alignment - 1)
    if rounded > rest.count {
      let size = max(rounded, Self.blockBytes)
      let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
      blocks.append(block)
      rest = UnsafeMutableRawBufferPointer(start: block, count: size)
    }
    // The block above has at least `rounded` bytes, so the rest has a start.
    guard let start = rest.baseAddress else { preconditionFailure("an arena without a block") }
    rest = UnsafeMutableRawBufferPointer(rebasing: rest[rounded...])
    return start.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  func store<Element: BitwiseCopyable>(_ value: Element) -> UnsafeMutablePointer<Element> {
    let pointer = allocate(Element.self, count: 1)
    pointer.initialize(to: value)
    return pointer
  }

  func array<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
    let pointer = allocate(Element.self, count: values.count)
    _ = UnsafeMutableBufferPointer(start: pointer, count: values.count).initialize(from: values)
    return pointer
  }

  func text(_ text: String) -> UnsafeMutablePointer<CChar> { array(Array(text.utf8CString)) }

  func texts(_ texts: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    array(texts.map { Optional(text($0)) })
  }

  func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData { ProtobufCBinaryData(len: bytes.count, data: array(bytes)) }

  /// Many byte strings in one block.
  func list(_ items: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData> {
    var next = allocate(UInt8.self, count: items.reduce(0) { $0 + $1.count })
    return array(
      items.map { item in
        _ = UnsafeMutableBufferPointer(start: next, count: item.count).initialize(from: item)
        defer { next += item.count }
        return ProtobufCBinaryData(len: item.count, data: next)
      })
  }
}

/// Copies parsed C values into Swift values.
enum Unpack {
  /// A parsed message. protobuf-c never leaves a null pointer in a field that is set; the check does not rely on it.
  static func body<Packed: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<Packed>?) throws(WireError) -> Packed {
    guard let pointer else { throw .malformed }
    return pointer.pointee
  }

  /// A text, up to its first NUL.
  static func text(_ pointer: UnsafeMutablePointer<CChar>?, _ field: @autoclosure () -> String) throws(WireError)
    -> String
  {
    guard let pointer else { return "" }
    guard let text = String(validatingCString: pointer) else { throw .invalid(field: field(), reason: "is not UTF-8") }
    return text
  }

  static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data.data, count: data.len))
  }

  static func array<Element>(_ pointer: UnsafeMutablePointer<Element>?, _ count: Int) -> [Element] {
    Array(UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
  }

  static func value<Value: RawRepresentable<UInt32>>(
    _ number: UInt32, _ type: Value.Type, _ field: @autoclosure () -> String
  ) throws(WireError) -> Value {
    guard let value = Value(rawValue: number) else { throw .invalid(field: field(), reason: "\(number) is unknown") }
    return value
  }

  static func scalarType(_ number: UInt32, _ field: @autoclosure () -> String) throws(WireError) -> ScalarType {
    guard let type = UInt8(exactly: number).flatMap(ScalarType.init) else {
      throw .invalid(field: field(), reason: "\(number) is unknown")
    }
    return type
  }
}

/// Memory for parsing one message: zeroed, and limited in sum. All of it is freed with the allocator, so a parsed message
/// needs no freeing of its own.
///
/// protobuf-c 1.4 sets no limit, and on some failures it frees pointers that it never initialised: nothing is freed before the
/// end. The allocator must outlive the message parsed with it. Used by one thread.
final class CappedAllocator {
  private static let blockBytes = 4096
  private static let alignment = 16

  private var remainingBytes: Int
  private var blocks: [UnsafeMutableRawPointer] = []
  /// The unused rest of the latest block.
  private var rest = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  init(maximumBytes: Int) { remainingBytes = maximumBytes }

  deinit { for block in blocks { Glibc.free(block) } }

  /// The allocator in the form that protobuf-c expects. It does not keep this object alive.
  var callbacks: ProtobufCAllocator {
    ProtobufCAllocator(
      alloc: { context, count in
        // The context is the object below, which outlives the parsing.
        guard let context else { return nil }
        return Unmanaged<CappedAllocator>.fromOpaque(context).takeUnretainedValue().allocate(count)
      },
      free: { _, _ in },
      allocator_data: Unmanaged.passUnretained(self).toOpaque())
  }

  private func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
    guard count >= 0, count <= remainingBytes - Self.alignment else { return nil }
    let rounded = (max(count, 1) + Self.alignment - 1) & ~(Self.alignment - 1)
    remainingBytes -= rounded
    if rounded > rest.count {
      let size = max(rounded, Self.blockBytes)
      guard let block = calloc(1, size) else { return nil }
      blocks.append(block)
      rest = UnsafeMutableRawBufferPointer(start: block, count: size)
    }
    let start = rest.baseAddress
    rest = UnsafeMutableRawBufferPointer(rebasing: rest[rounded...])
    return start
  }
}
