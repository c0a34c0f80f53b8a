/// The element types of tensors in memory and on the wire. The raw values are the wire's numbers.
public enum ScalarType: UInt8, Sendable, CaseIterable {
  case uint8 = 1
  case int8 = 2
  case int16 = 3
  case int32 = 4
  case int64 = 5
  case float32 = 6

  /// Size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16: 2
    case .int32, .float32: 4
    case .int64: 8
    }
  }
}
