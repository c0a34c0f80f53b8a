import CZstd
import Transport

/// Makes tensors smaller for the way to another machine.
///
/// Zstandard at its fastest regular level, without a delta before it: consecutive observations of an environment repeat
/// each other, and the matcher finds that by itself. Measured on NetHack, LZ4 needs two thirds of the time for twice the
/// bytes, and taking the difference of consecutive rows first gains nothing at the size of the default observations.
/// Used by one thread at a time.
public final class TensorCompressor {
  private static let level: Int32 = 1

  private let context: OpaquePointer
  /// What a tensor is compressed into before its size is known; grows to the largest one met.
  private var scratch = AlignedBytes(count: 0)

  public init() {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory for a compressor") }
    self.context = context
  }

  deinit { ZSTD_freeCCtx(context) }

  /// The tensor in a frame of its own with `TensorEncoding.zstandard`, or as it was if that is not smaller.
  public func compress(_ tensor: TensorFrame) -> TensorFrame {
    guard tensor.encoding == .plain, tensor.frame.count > 1 else { return tensor }
    // A byte less than what it replaces: the library gives up as soon as nothing would be gained.
    let capacity = tensor.frame.count - 1
    if scratch.buffer.count < capacity { scratch = AlignedBytes(count: capacity) }
    let count = tensor.frame.withBytes {
      ZSTD_compressCCtx(context, scratch.buffer.baseAddress, capacity, $0.baseAddress, $0.count, Self.level)
    }
    guard ZSTD_isError(count) == 0 else { return tensor }
    let frame = Frame(copying: UnsafeRawBufferPointer(rebasing: scratch.buffer[..<count]))
    return TensorFrame(tensor.name, tensor.type, tensor.shape, frame, encoding: .zstandard)
  }
}
