/// Element types a checkpoint may hold, by their names in the safetensors format.
public enum TensorElementType: String, Sendable, CaseIterable {
  case uint8 = "U8"
  case int32 = "I32"
  case uint32 = "U32"
  case int64 = "I64"
  case uint64 = "U64"
  case float32 = "F32"
  case float64 = "F64"

  /// Size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .uint8: 1
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

/// A Swift type whose memory is a tensor's element. The format is little-endian, as is every machine Tengu runs on.
public protocol TensorElement: BitwiseCopyable {
  static var elementType: TensorElementType { get }
}

extension UInt8: TensorElement { public static var elementType: TensorElementType { .uint8 } }
extension Int32: TensorElement { public static var elementType: TensorElementType { .int32 } }
extension UInt32: TensorElement { public static var elementType: TensorElementType { .uint32 } }
extension Int64: TensorElement { public static var elementType: TensorElementType { .int64 } }
extension UInt64: TensorElement { public static var elementType: TensorElementType { .uint64 } }
extension Float: TensorElement { public static var elementType: TensorElementType { .float32 } }
extension Double: TensorElement { public static var elementType: TensorElementType { .float64 } }
