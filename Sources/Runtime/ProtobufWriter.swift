/// Writes a message in the encoding of protocol buffers, for readers of other projects: TensorBoard's events, ONNX's
/// models. Fields appear in the order of the calls, and a value equal to its type's default is written all the same.
/// (Messages between Tengu's processes go through the generated code of `Wire`.)
///
/// Source: https://protobuf.dev/programming-guides/encoding
public struct ProtobufWriter: Sendable {
  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  /// The message so far.
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// The bytes of a message that `fill` writes.
  public static func message(_ fill: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    fill(&writer)
    return writer.bytes
  }

  /// int32, int64, uint32, bool or an enumeration. (Not sint32 or sint64.)
  public mutating func integer(_ field: Int, _ value: Int) {
    tag(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  public mutating func double(_ field: Int, _ value: Double) {
    tag(field, .eightBytes)
    fixed(value.bitPattern)
  }

  public mutating func float(_ field: Int, _ value: Float) {
    tag(field, .fourBytes)
    fixed(value.bitPattern)
  }

  public mutating func text(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

  /// A field of type `bytes`, or an encoded message.
  public mutating func data(_ field: Int, _ value: [UInt8]) {
    tag(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes += value
  }

  /// A message that `fill` writes.
  public mutating func message(_ field: Int, _ fill: (inout ProtobufWriter) -> Void) {
    data(field, Self.message(fill))
  }

  /// A packed repeated field of doubles.
  public mutating func doubles(_ field: Int, _ values: [Double]) {
    var packed = ProtobufWriter()
    for value in values { packed.fixed(value.bitPattern) }
    data(field, packed.bytes)
  }

  /// A packed repeated field of integers.
  public mutating func integers(_ field: Int, _ values: [Int]) {
    var packed = ProtobufWriter()
    for value in values { packed.varint(UInt64(bitPattern: Int64(value))) }
    data(field, packed.bytes)
  }

  private mutating func tag(_ field: Int, _ type: WireType) {
    precondition((1..<1 << 29).contains(field), "field numbers are from 1 to 2^29 - 1")
    varint(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, lowest first; the high bit says that more follow.
  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  private mutating func fixed(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
