import Runtime

/// Why a checkpoint, one of its tensors or a run directory cannot be used; names the file, folder or tensor.
public typealias CheckpointError = FileError

/// One array of a checkpoint: a name, a type, a shape and a copy of the elements, so that the learner may change its
/// own memory while the checkpoint is written.
public struct NamedTensor: Sendable, Hashable {
  public let name: String
  public let type: TensorElementType
  /// Row-major; empty for a scalar.
  public let shape: [Int]
  /// Little-endian elements.
  public let bytes: [UInt8]

  /// A tensor of bytes that already have the right size, from a file.
  init(name: String, type: TensorElementType, shape: [Int], bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// Copies `values`.
  /// - Precondition: the shape's product is the number of values. Without a shape the tensor has one dimension.
  public init<Element: TensorElement>(_ name: String, shape: [Int]? = nil, _ values: UnsafeBufferPointer<Element>) {
    let shape = shape ?? [values.count]
    precondition(shape.reduce(1, *) == values.count, "tensor \(name): shape \(shape) for \(values.count) values")
    self.init(name: name, type: Element.elementType, shape: shape, bytes: Array(UnsafeRawBufferPointer(values)))
  }

  /// Copies `values`.
  /// - Precondition: the shape's product is the number of values. Without a shape the tensor has one dimension.
  public init<Element: TensorElement>(_ name: String, shape: [Int]? = nil, _ values: [Element]) {
    self = values.withUnsafeBufferPointer { NamedTensor(name, shape: shape, $0) }
  }

  /// Number of elements.
  public var count: Int { bytes.count / type.byteCount }

  /// The first float that is infinite or NaN, as "element 3 is nan"; nil if there is none.
  var notFinite: String? {
    bytes.withUnsafeBytes { raw in
      switch type {
      case .float16: Self.notFinite(raw.bindMemory(to: Float16.self))
      case .float32: Self.notFinite(raw.bindMemory(to: Float.self))
      case .float64: Self.notFinite(raw.bindMemory(to: Double.self))
      case .uint8, .int32, .uint32, .int64, .uint64: nil
      }
    }
  }

  private static func notFinite(_ elements: UnsafeBufferPointer<some BinaryFloatingPoint>) -> String? {
    elements.firstIndex { !$0.isFinite }.map { "element \($0) is \(elements[$0])" }
  }

  /// Copies the elements out.
  /// - Throws: `CheckpointError` naming the tensor if the type or the number of elements differs.
  public func copy<Element: TensorElement>(
    into destination: UnsafeMutableBufferPointer<Element>
  ) throws(CheckpointError) {
    guard Element.elementType == type else {
      throw CheckpointError(name, "holds \(type.rawValue), not \(Element.elementType.rawValue)")
    }
    guard destination.count == count else {
      throw CheckpointError(name, "holds \(count) elements (shape \(shape)), expected \(destination.count)")
    }
    bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(destination).copyMemory(from: $0) }
  }

  /// Copies numbers of 16 or 32 bits out.
  /// - Throws: `CheckpointError` naming the tensor if it holds something else or the number of elements differs.
  public func copyNumbers(into destination: UnsafeMutableBufferPointer<Float>) throws(CheckpointError) {
    guard type == .float16 else { return try copy(into: destination) }
    let halves = try values(as: Float16.self)
    guard halves.count == destination.count else {
      throw CheckpointError(name, "holds \(count) elements (shape \(shape)), expected \(destination.count)")
    }
    for (index, half) in halves.enumerated() { destination[index] = Float(half) }
  }

  /// The same numbers rounded to 16 bits; nil if these are not numbers of 32 bits, or one of them is too large.
  public var halved: NamedTensor? {
    guard type == .float32, let numbers = try? values(as: Float.self) else { return nil }
    let halves = numbers.map { Float16($0) }
    return halves.allSatisfy(\.isFinite) ? NamedTensor(name, shape: shape, halves) : nil
  }

  /// The elements.
  /// - Throws: `CheckpointError` naming the tensor if its type differs.
  public func values<Element: TensorElement>(as type: Element.Type) throws(CheckpointError) -> [Element] {
    guard Element.elementType == self.type else {
      throw CheckpointError(name, "holds \(self.type.rawValue), not \(Element.elementType.rawValue)")
    }
    return [Element](unsafeUninitializedCapacity: count) { destination, initialised in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(destination).copyMemory(from: $0) }
      initialised = count
    }
  }
}

/// Element types of a checkpoint's tensors, by their names in the safetensors format.
public enum TensorElementType: String, Sendable, CaseIterable {
  case uint8 = "U8"
  case int32 = "I32"
  case uint32 = "U32"
  case int64 = "I64"
  case uint64 = "U64"
  case float16 = "F16"
  case float32 = "F32"
  case float64 = "F64"

  /// Size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .uint8: 1
    case .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

/// A Swift type whose memory is a tensor's element. Both the format and the machines that Tengu supports
/// are little-endian.
public protocol TensorElement: BitwiseCopyable {
  static var elementType: TensorElementType { get }
}

extension UInt8: TensorElement { public static var elementType: TensorElementType { .uint8 } }
extension Int32: TensorElement { public static var elementType: TensorElementType { .int32 } }
extension UInt32: TensorElement { public static var elementType: TensorElementType { .uint32 } }
extension Int64: TensorElement { public static var elementType: TensorElementType { .int64 } }
extension UInt64: TensorElement { public static var elementType: TensorElementType { .uint64 } }
extension Float16: TensorElement { public static var elementType: TensorElementType { .float16 } }
extension Float: TensorElement { public static var elementType: TensorElementType { .float32 } }
extension Double: TensorElement { public static var elementType: TensorElementType { .float64 } }
