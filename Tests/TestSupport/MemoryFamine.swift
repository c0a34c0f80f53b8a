import Glibc

/// Runs code in a process that has no memory left to allocate, so that any allocation ends the process.
///
/// For exit tests: a body that allocates nothing returns, one that allocates crashes its (child) process. Unlike a
/// count of live memory this also sees what is freed at once, by Swift and C alike.
public enum MemoryFamine {
  /// Everything the allocator still has is taken in blocks of these sizes, largest first.
  private static let blockSizes =
    (10...20).reversed().map { 1 << $0 } + stride(from: 1040, through: 16, by: -16).map { $0 }

  /// Run `body` once outside before this: what is allocated on first use is not what the test is about.
  public static func run(_ body: () -> Void) {
    let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
    var limit = rlimit()
    guard getrlimit(addressSpace, &limit) == 0 else { fatalError("getrlimit failed: \(errno)") }
    let sizes = blockSizes
    // From here to the end only `body` may allocate. Below what is mapped already: no new pages for the heap.
    var none = rlimit(rlim_cur: 4096, rlim_max: limit.rlim_max)
    guard setrlimit(addressSpace, &none) == 0 else { fatalError("setrlimit failed: \(errno)") }
    var blocks: UnsafeMutableRawPointer?
    for size in sizes {
      while let block = malloc(size) {
        // Each block points to the one taken before it.
        block.storeBytes(of: blocks, as: UnsafeMutableRawPointer?.self)
        blocks = block
      }
    }
    body()
    while let block = blocks {
      blocks = block.load(as: UnsafeMutableRawPointer?.self)
      free(block)
    }
    _ = setrlimit(addressSpace, &limit)
  }
}
