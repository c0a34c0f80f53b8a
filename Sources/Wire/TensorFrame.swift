import Tensor
import Transport

/// What a tensor of a message is. Raw values are the wire's numbers.
public enum TensorName: UInt32, Sendable, CaseIterable {
  case observations = 1
  case actions = 2
  case rewards = 3
  case flags = 4
  case logProbabilities = 5
  case captions = 6
  case captionCounts = 7
  case values = 8
  case truncationValues = 9
  case initialState = 10
  case parameters = 11
}

/// One tensor of a message: its elements, row-major, little-endian.
public struct TensorFrame: Sendable {
  /// The alignment in bytes of every decoded tensor: rows of observations hold fields of up to eight bytes.
  public static let alignment = 8

  public let name: TensorName
  public let type: ScalarType
  public let shape: [Int]
  /// The elements, in `encoding`; in decoded messages a part of the frame they came in, aligned to `alignment`.
  public let frame: Frame
  public let encoding: TensorEncoding

  public init(
    _ name: TensorName, _ type: ScalarType, _ shape: [Int], _ frame: Frame, encoding: TensorEncoding = .plain
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.frame = frame
    self.encoding = encoding
  }

  public var elementCount: Int { shape.reduce(1, *) }

  /// Bytes of the elements themselves, however they travel. Like `elementCount` only for shapes that were checked.
  public var byteCount: Int { elementCount * type.byteCount }

  /// The elements, valid while `frame` lives.
  /// - Precondition: they are plain, and `Element` has the size of `type`.
  public func pointer<Element: BitwiseCopyable>(as element: Element.Type) -> UnsafePointer<Element> {
    precondition(MemoryLayout<Element>.stride == type.byteCount, "\(name) holds \(type)")
    precondition(encoding == .plain, "\(name) is compressed")
    // A frame's pointer is never null: libzmq keeps small contents, empty ones too, inside the message itself.
    return frame.bytes.baseAddress!.assumingMemoryBound(to: element)
  }

  /// Refuses a shape that is no shape, or not that of the frame's bytes. What is compressed must be smaller for it; that
  /// it is what it says is found out when it is read.
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.atMost(limits.maximumTensorDimensions, shape.count, "\(name).dims")
    var bytes = type.byteCount
    for (index, size) in shape.enumerated() {
      // A network without memory has no state.
      let least = name == .initialState ? 0 : 1
      if size < least { throw .invalid(field: "\(name).dims[\(index)]", reason: "\(size) is below \(least)") }
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      if overflow { throw .beyondLimit(field: "\(name)", value: .max, limit: limits.maximumMessageBytes) }
      try Check.atMost(limits.maximumMessageBytes, product, "\(name)")
      bytes = product
    }
    let fits = encoding == .plain ? frame.count == bytes : frame.count < bytes
    if !fits {
      throw .invalid(
        field: "\(name)", reason: "\(frame.count) bytes \(encoding) for \(type)\(shape), which takes \(bytes)")
    }
  }
}
