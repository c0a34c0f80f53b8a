import Tensor
import Trajectories
import Transport

/// The name of a message's tensor: a number on the wire, and a text in errors.
public struct TensorName: Sendable, Hashable, CustomStringConvertible {
  /// The wire's number.
  public let number: UInt32
  public let description: String

  /// A tensor of a trajectory.
  public init(_ tensor: StepTensor) {
    number = tensor.number
    description = tensor.name
  }

  private init(number: UInt32, _ description: String) {
    self.number = number
    self.description = description
  }

  /// The name with the wire's number `number`; nil if neither `steps` nor a snapshot has it.
  init?(number: UInt32, in steps: StepSchema) {
    if number == Self.parameters.number {
      self = .parameters
    } else if let tensor = steps.tensors.first(where: { $0.number == number }) {
      self.init(tensor)
    } else {
      return nil
    }
  }

  /// The parameters of a policy, the one tensor of a snapshot.
  public static let parameters = TensorName(number: 11, "parameters")

  public static func == (one: TensorName, other: TensorName) -> Bool { one.number == other.number }

  public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

/// How the elements of a tensor are stored in its frame. Raw values are the wire's numbers.
public enum TensorEncoding: UInt32, Sendable, CaseIterable {
  /// As they are, to be read in place.
  case plain = 0
  /// As one Zstandard frame (RFC 8878) that states the size of its content.
  case zstandard = 1
}

/// One tensor of a message: its elements, row-major, little-endian.
public struct TensorFrame: Sendable {
  /// The alignment in bytes of every decoded tensor: rows of observations hold fields of up to eight bytes.
  public static let alignment = PackedLayout.alignment

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

  /// Bytes of the plain elements. Like `elementCount`, it is meaningful only after the shape was checked.
  public var byteCount: Int { elementCount * type.byteCount }

  /// The first element, valid while `frame` lives.
  /// - Precondition: the tensor is plain.
  public var start: UnsafeRawPointer {
    precondition(encoding == .plain, "\(name) is compressed")
    // A frame's pointer is never null: libzmq keeps small contents, empty ones too, inside the message itself.
    return UnsafeRawPointer(frame.bytes.baseAddress!)
  }

  /// The elements, valid while `frame` lives.
  /// - Precondition: the tensor is plain, and `Element` has the size of `type`.
  public func pointer<Element: BitwiseCopyable>(as element: Element.Type) -> UnsafePointer<Element> {
    precondition(MemoryLayout<Element>.stride == type.byteCount, "\(name) holds \(type)")
    return start.assumingMemoryBound(to: element)
  }

  /// Refuses an impossible shape, and a frame whose size does not fit the shape. A compressed frame must be smaller than
  /// the plain elements; whether its content has the stated size is found when it is decompressed.
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.atMost(limits.maximumTensorDimensions, shape.count, "\(name).dims")
    var bytes = type.byteCount
    for (index, size) in shape.enumerated() {
      // A network without memory has no state.
      let least = name.number == Step.initialState.tensor.number ? 0 : 1
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

/// Memory that starts at a multiple of `TensorFrame.alignment`.
///
/// Its creator writes it before it becomes a frame; after that it is read only.
final class AlignedBytes {
  private let start: UnsafeMutableRawPointer
  let count: Int

  init(count: Int) {
    self.count = count
    start = .allocate(byteCount: max(count, 1), alignment: TensorFrame.alignment)
  }

  convenience init(copying source: Frame) {
    self.init(count: source.count)
    source.withBytes { buffer.copyMemory(from: $0) }
  }

  deinit { start.deallocate() }

  var buffer: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: start, count: count) }

  /// A frame over this memory, which lives as long as the frame does.
  func frame() -> Frame { Frame(owner: self, pointer: UnsafeRawPointer(start), count: count) }
}
