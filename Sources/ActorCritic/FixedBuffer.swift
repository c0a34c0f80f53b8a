/// Memory for `count` elements of a type without references, allocated once. Its content is undefined until written.
/// Used by one thread at a time.
final class FixedBuffer<Element: BitwiseCopyable> {
  let count: Int
  let pointer: UnsafeMutablePointer<Element>

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
  }

  deinit { pointer.deallocate() }
}
