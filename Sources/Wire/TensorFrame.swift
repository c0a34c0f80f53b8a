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

/// One tensor of a message: raw elements, row-major, little-endian, in a frame of their own.
public struct TensorFrame: Sendable {
  /// The alignment in bytes of every decoded tensor: rows of observations hold fields of up to eight bytes.
  public static let alignment = 8

  public let name: TensorName
  public let type: ScalarType
  public let shape: [Int]
  /// The elements. Aligned to `alignment` in decoded messages.
  public let frame: Frame

  public init(_ name: TensorName, _ type: ScalarType, _ shape: [Int], _ frame: Frame) {
    self.name = name
    self.type = type
    self.shape = shape
    self.frame = frame
  }

  public var elementCount: Int { shape.reduce(1, *) }

  /// The elements, valid while `frame` lives.
  /// - Precondition: `Element` has the size of `type`.
  public func pointer<Element: BitwiseCopyable>(as element: Element.Type) -> UnsafePointer<Element> {
    precondition(MemoryLayout<Element>.stride == type.byteCount, "\(name) holds \(type)")
    // A frame's pointer is never null: libzmq keeps small contents, empty ones too, inside the message itself.
    return frame.bytes.baseAddress!.assumingMemoryBound(to: element)
  }

  /// The tensor in a frame that starts at a multiple of `alignment`. libzmq delivers small frames wherever they lay in
  /// its receive buffer; those are copied, once.
  func aligned() -> TensorFrame {
    if frame.isAligned(to: Self.alignment) { return self }
    let copy = AlignedBytes(count: frame.count)
    frame.withBytes { copy.buffer.copyMemory(from: $0) }
    let moved = Frame(owner: copy, pointer: UnsafeRawPointer(copy.start), count: frame.count)
    return TensorFrame(name, type, shape, moved)
  }

  /// Refuses a shape that is no shape, or not that of the frame's bytes.
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
    if bytes != frame.count {
      throw .invalid(field: "\(name)", reason: "\(frame.count) bytes for \(type)\(shape), which takes \(bytes)")
    }
  }
}

/// Memory that starts at a multiple of `TensorFrame.alignment`.
///
/// Rule: written by its maker before it becomes a frame, and by nobody after.
private final class AlignedBytes {
  let start: UnsafeMutableRawPointer
  let count: Int

  init(count: Int) {
    self.count = count
    start = .allocate(byteCount: max(count, 1), alignment: TensorFrame.alignment)
  }

  deinit { start.deallocate() }

  var buffer: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: start, count: count) }
}
