import Transport

/// Where the tensors of a message lie in the one frame that holds them: in their order, each at a multiple of
/// `TensorFrame.alignment`.
public struct TensorLayout: Sendable, Hashable {
  /// One tensor's place.
  public struct Place: Sendable, Hashable {
    public let offset: Int
    public let byteCount: Int
  }

  public let places: [Place]
  /// Bytes of the frame.
  public let byteCount: Int

  /// - Parameter byteCounts: of the tensors, each as it travels.
  public init(_ byteCounts: [Int]) {
    var places: [Place] = []
    var end = 0
    for count in byteCounts {
      let offset = Self.aligned(end)
      places.append(Place(offset: offset, byteCount: count))
      end = offset + count
    }
    self.places = places
    byteCount = end
  }

  /// The layout that a received envelope states.
  /// - Throws: `WireError` unless it is that of a frame of `frameBytes` bytes.
  init(received byteCounts: [UInt64], in frameBytes: Int, _ limits: WireLimits) throws(WireError) {
    for count in byteCounts {
      try Check.atMost(limits.maximumMessageBytes, Int(clamping: count), "tensors.bytes")
    }
    self.init(byteCounts.map { Int($0) })
    if byteCount != frameBytes {
      throw .invalid(field: "tensors.bytes", reason: "\(byteCount) in all, where their frame has \(frameBytes)")
    }
  }

  /// Whether `tensors` lie like this in one frame already.
  func isThat(of tensors: [TensorFrame], in whole: Frame) -> Bool {
    guard whole.count == byteCount, let start = whole.bytes.baseAddress else { return false }
    return zip(tensors, places).allSatisfy { tensor, place in
      tensor.frame.whole === whole && tensor.frame.bytes.baseAddress == start + place.offset
    }
  }

  private static func aligned(_ offset: Int) -> Int {
    (offset + TensorFrame.alignment - 1) & ~(TensorFrame.alignment - 1)
  }
}
