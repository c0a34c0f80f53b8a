import CZstd
import Transport

/// Undoes what `TensorCompressor` does, for senders nobody trusts.
///
/// Used by one thread at a time.
public final class TensorDecompressor {
  private let context: OpaquePointer

  public init() {
    guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory for a decompressor") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// The tensor's elements in memory of their own, aligned to `TensorFrame.alignment`; a plain tensor as it is.
  ///
  /// Takes the memory that the shape says and no more, and only if the content states the same size: callers compare the
  /// shape with the one they expect before they ask.
  /// - Throws: `WireError` naming the tensor.
  public func plain(_ tensor: TensorFrame, limits: WireLimits = WireLimits()) throws(WireError) -> TensorFrame {
    guard tensor.encoding == .zstandard else { return tensor }
    try tensor.check(limits)
    let stated = tensor.frame.withBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    guard stated == UInt64(tensor.byteCount) else {
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
