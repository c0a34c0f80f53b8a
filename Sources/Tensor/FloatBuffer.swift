/// The owner of `count` floats, aligned to 64 bytes and initially zero: parameters, gradients, moments, activations.
///
/// `@unchecked Sendable` because it may move between threads. Its users follow this rule: one writer at a time, and no reader
/// during a write. The code that passes a buffer to another thread (queue, snapshot) provides the ordering.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  /// Valid as long as the buffer lives: keep the buffer if you keep the pointer.
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

  /// Sets all elements to `value`.
  public func fill(_ value: Float) { pointer.update(repeating: value, count: count) }

  /// Copies all elements of `source`, which must have the same count.
  public func copy(from source: FloatBuffer) {
    precondition(source.count == count, "cannot copy \(source.count) floats into \(count)")
    pointer.update(from: source.pointer, count: count)
  }

  /// The elements, for code where speed does not matter (tests, checkpoints).
  public var elements: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }
}
