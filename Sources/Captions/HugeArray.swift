import CPlatform

/// Makes arrays for random access. A table of millions of entries spans more small pages than a processor keeps
/// translations for, so that most accesses would cost a walk of page tables besides the fetch itself.
enum HugeArray {
  /// Below this size nothing is gained, and whole huge pages would cost memory.
  private static let minimumBytes = 4 << 20

  /// An array with room for `capacity` elements that begins with `elements`.
  static func make<Element>(_ elements: some Collection<Element>, capacity: Int) -> [Element] {
    let count = elements.count
    precondition(capacity >= count, "room for what the array begins with")
    // The buffer is new and is filled from its start: nothing is read before it is written.
    return Array(unsafeUninitializedCapacity: capacity) { buffer, initialised in
      let bytes = capacity * MemoryLayout<Element>.stride
      if bytes >= minimumBytes, let start = buffer.baseAddress { tengu_advise_huge_pages(start, bytes) }
      _ = buffer[..<count].initialize(from: elements)
      initialised = count
    }
  }
}
