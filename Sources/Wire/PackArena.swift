import CProtobufC

/// The memory that outgoing C structures point into, until they are serialised.
///
/// Rule: pointers are valid while the arena lives; used by one thread.
final class PackArena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  private func allocate<Element>(_ type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
    blocks.append(UnsafeMutableRawPointer(pointer))
    return pointer
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
