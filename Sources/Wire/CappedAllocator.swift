import CProtobufC
import Glibc

/// The memory of one parsing: zeroed, and limited in sum.
///
/// protobuf-c 1.4 sets no limit of its own, and on some failures it frees what it never initialised: zeroed memory makes
/// that harmless. Rule: lives longer than the message parsed with it; used by one thread.
final class CappedAllocator {
  /// What the system keeps beside each block.
  private static let overheadBytes = 16
  private var remainingBytes: Int

  init(maximumBytes: Int) { remainingBytes = maximumBytes }

  /// The allocator as protobuf-c wants it. It does not keep this object alive.
  var callbacks: ProtobufCAllocator {
    ProtobufCAllocator(
      alloc: { context, count in
        // The context is the object below, which outlives the parsing.
        guard let context else { return nil }
        return Unmanaged<CappedAllocator>.fromOpaque(context).takeUnretainedValue().allocate(count)
      },
      free: { _, block in Glibc.free(block) },
      allocator_data: Unmanaged.passUnretained(self).toOpaque())
  }

  private func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
    guard count >= 0, count <= remainingBytes - Self.overheadBytes else { return nil }
    remainingBytes -= count + Self.overheadBytes
    return calloc(1, max(count, 1))
  }
}
