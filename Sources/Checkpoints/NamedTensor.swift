/// One array of a checkpoint: a name, a type, a shape and its own copy of the elements.
///
/// It is a copy so that the learner goes on changing its memory while the checkpoint is written.
public struct NamedTensor: Sendable, Hashable {
  public let name: String
  public let type: TensorElementType
  /// Row-major; empty for a scalar.
  public let shape: [Int]
  /// Little-endian elements.
  public let bytes: [UInt8]

  /// A tensor of bytes that already have the right size, as the reader makes them.
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

  /// Copies the elements out.
  /// - Throws: `CheckpointError` naming the tensor if the type or the number of elements is another.
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

  /// The elements.
  /// - Throws: `CheckpointError` naming the tensor if its type is another.
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
