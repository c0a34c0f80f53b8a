/// The table rows named by a batch of texts, found once in the forward pass. Owns its memory; used by one thread at a
/// time.
final class TextHashes {
  /// Rows named by each text.
  let counts: UnsafeMutablePointer<Int32>
  private let storage: UnsafeMutablePointer<UInt16>
  private let capacity: Int

  /// - Parameter capacity: the most rows one text can name.
  init(texts: Int, capacity: Int) {
    self.capacity = capacity
    counts = .allocate(capacity: texts)
    counts.initialize(repeating: 0, count: texts)
    storage = .allocate(capacity: texts * capacity)
    storage.initialize(repeating: 0, count: texts * capacity)
  }

  deinit {
    counts.deallocate()
    storage.deallocate()
  }

  func rows(of text: Int) -> UnsafeMutablePointer<UInt16> { storage + text * capacity }
}
