import Transport

/// Memory that starts at a multiple of `TensorFrame.alignment`.
///
/// Rule: written by its maker before it becomes a frame, and by nobody after.
final class AlignedBytes {
  private let start: UnsafeMutableRawPointer
  let count: Int

  init(count: Int) {
    self.count = count
    start = .allocate(byteCount: max(count, 1), alignment: TensorFrame.alignment)
  }

  convenience init(copying source: Frame) {
    self.init(count: source.count)
    source.withBytes { buffer.copyMemory(from: $0) }
  }

  deinit { start.deallocate() }

  var buffer: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: start, count: count) }

  /// A frame over this memory, which lives as long as the frame does.
  func frame() -> Frame { Frame(owner: self, pointer: UnsafeRawPointer(start), count: count) }
}
