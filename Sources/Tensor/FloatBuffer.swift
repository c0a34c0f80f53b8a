/// The owner of `count` floats, aligned to 64 bytes and zeroed at first: parameters, gradients, moments, activations.
///
/// `@unchecked Sendable` because it may move between threads. The rule its users keep: one writer at a time, and no
/// reader while somebody writes. Whoever hands a buffer over (queue, snapshot) provides the ordering.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  /// Valid as long as the buffer lives; keep the buffer when you keep the pointer.
  public let pointer: UnsafeMutablePointer<Float>

  private static let alignmentBytes = 64

  public init(count: Int) {
    precondition(count >= 0, "a buffer cannot hold \(count) floats")
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignmentBytes)
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: count)
  }

  deinit { pointer.deallocate() }

  public func fill(_ value: Float) { pointer.update(repeating: value, count: count) }

  /// Copies all elements of `source`, which must have the same count.
  public func copy(from source: FloatBuffer) {
    precondition(source.count == count, "cannot copy \(source.count) floats into \(count)")
    pointer.update(from: source.pointer, count: count)
  }

  /// The elements, for code that is not in a hurry (tests, checkpoints).
  public var elements: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }
}
