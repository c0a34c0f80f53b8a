import CProtobufC

/// Copies parsed C values into Swift's.
enum Unpack {
  /// A parsed body. protobuf-c never leaves a null pointer where the kind is set; this refuses it all the same.
  static func body<Packed: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<Packed>?) throws(WireError) -> Packed {
    guard let pointer else { throw .malformed }
    return pointer.pointee
  }

  /// A text, up to its first NUL.
  static func text(_ pointer: UnsafeMutablePointer<CChar>?, _ field: @autoclosure () -> String) throws(WireError)
    -> String
  {
    guard let pointer else { return "" }
    guard let text = String(validatingCString: pointer) else { throw .invalid(field: field(), reason: "is not UTF-8") }
    return text
  }

  static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data.data, count: data.len))
  }

  static func array<Element>(_ pointer: UnsafeMutablePointer<Element>?, _ count: Int) -> [Element] {
    Array(UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
  }

  static func value<Value: RawRepresentable<UInt32>>(
    _ number: UInt32, _ type: Value.Type, _ field: @autoclosure () -> String
  ) throws(WireError) -> Value {
    guard let value = Value(rawValue: number) else { throw .invalid(field: field(), reason: "\(number) is unknown") }
    return value
  }
}
