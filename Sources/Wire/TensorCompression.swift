import CZstd
import Transport

/// Compresses tensors for the network.
///
/// It uses Zstandard at its fastest regular level, without a delta step: consecutive observations of an environment
/// repeat each other, and the matcher finds the repetition. Measured on NetHack, LZ4 needs two thirds of the time for twice
/// the bytes, and taking the difference of consecutive rows first gains nothing at the size of the default observations.
/// Used by one thread at a time.
public final class TensorCompressor {
  private static let level: Int32 = 1

  private let context: OpaquePointer
  /// Holds a compressed tensor before its size is known; grows to the largest tensor so far.
  private var scratch = AlignedBytes(count: 0)

  public init() {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory for a compressor") }
    self.context = context
  }

  deinit { ZSTD_freeCCtx(context) }

  /// The tensor compressed into a new frame, or `tensor` itself if compression does not make it smaller.
  public func compress(_ tensor: TensorFrame) -> TensorFrame {
    guard tensor.encoding == .plain, tensor.frame.count > 1 else { return tensor }
    // One byte less than the plain size: the library gives up as soon as it would gain nothing.
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

/// Decompresses tensors of untrusted senders. Used by one thread at a time.
public final class TensorDecompressor {
  private let context: OpaquePointer

  public init() {
    guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory for a decompressor") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// The plain tensor: decompressed into new memory aligned to `TensorFrame.alignment`, or `tensor` itself if it is plain.
  ///
  /// It allocates the bytes that the shape states, and only if the content states the same size. Callers compare the
  /// shape with the expected one first.
  /// - Throws: `WireError` naming the tensor.
  public func plain(_ tensor: TensorFrame, limits: WireLimits) throws(WireError) -> TensorFrame {
    guard tensor.encoding == .zstandard else { return tensor }
    try tensor.check(limits)
    let stated = tensor.frame.withBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    guard stated == UInt64(clamping: tensor.byteCount) else {
      throw .invalid(field: "\(tensor.name)", reason: "the compressed content does not state \(tensor.byteCount) bytes")
    }
    let memory = AlignedBytes(count: tensor.byteCount)
    let count = tensor.frame.withBytes {
      ZSTD_decompressDCtx(context, memory.buffer.baseAddress, memory.buffer.count, $0.baseAddress, $0.count)
    }
    // An error is a number beyond every size, so the comparison refuses it too.
    guard count == tensor.byteCount else {
      throw .invalid(field: "\(tensor.name)", reason: "the compressed content cannot be read")
    }
    return TensorFrame(tensor.name, tensor.type, tensor.shape, memory.frame())
  }
}
