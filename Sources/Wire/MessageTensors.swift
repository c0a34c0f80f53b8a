import CWire
import Tensor
import Trajectories
import Transport

/// A tensor that a message must have. Sizes that the message's own fields do not fix are nil; the receiver of a trajectory
/// knows them from its run.
struct TensorRule {
  let name: TensorName
  let type: ScalarType
  let shape: [Int?]
  /// Whether the tensor may be compressed.
  let isCompressible: Bool

  /// The tensors of an unroll of T steps of E environments, in the order they travel.
  static func trajectory(unrollLength: Int, environments: Int, _ steps: StepSchema) -> [TensorRule] {
    steps.tensors.map { tensor in
      let shape = tensor.shape.map { dimension -> Int? in
        switch dimension {
        case .steps: unrollLength
        case .stepsAndEnd: unrollLength + 1
        case .environments: environments
        case .rowBytes, .valueHeads, .stateSize: nil
        case .fixed(let size): size
        }
      }
      return TensorRule(name: TensorName(tensor), type: tensor.type, shape: shape, isCompressible: true)
    }
  }

  /// The tensor of a policy. Parameters do not compress well, and workers use them where they arrived.
  static let snapshot = [TensorRule(name: .parameters, type: .float32, shape: [nil], isCompressible: false)]

  /// Refuses tensors that are not exactly those of `rules`, in their order.
  static func check(_ tensors: [TensorFrame], against rules: [TensorRule]) throws(WireError) {
    try Check.sameCount(tensors.count, as: rules.count, "tensors", "the schema")
    for (tensor, rule) in zip(tensors, rules) {
      guard tensor.name == rule.name else {
        throw .invalid(field: "tensors", reason: "\(tensor.name) where \(rule.name) is expected")
      }
      guard tensor.type == rule.type else {
        throw .invalid(field: "\(tensor.name).type", reason: "\(tensor.type) instead of \(rule.type)")
      }
      guard tensor.encoding == .plain || rule.isCompressible else {
        throw .invalid(field: "\(tensor.name).encoding", reason: "\(tensor.encoding) instead of plain")
      }
      let fits = tensor.shape.count == rule.shape.count && zip(tensor.shape, rule.shape).allSatisfy { $1 ?? $0 == $0 }
      if !fits {
        let expected = rule.shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
        throw .invalid(field: "\(tensor.name).dims", reason: "\(tensor.shape) instead of [\(expected)]")
      }
    }
  }
}

/// The descriptions of a message's tensors as they travel in its envelope.
struct PackedTensors {
  typealias Specifications = UnsafeMutablePointer<UnsafeMutablePointer<Tengu__TensorSpec>?>

  let count: Int
  let specifications: Specifications?

  init(_ tensors: [TensorFrame], _ arena: PackArena) {
    count = tensors.count
    specifications = arena.array(
      tensors.map { tensor in
        var packed = Tengu__TensorSpec()
        tengu__tensor_spec__init(&packed)
        packed.name = Tengu__TensorName(tensor.name.number)
        packed.type = Tengu__ScalarType(UInt32(clamping: tensor.type.rawValue))
        packed.n_dims = tensor.shape.count
        packed.encoding = Tengu__TensorEncoding(tensor.encoding.rawValue)
        packed.dims = arena.array(tensor.shape.map { UInt32(clamping: $0) })
        packed.bytes = UInt64(clamping: tensor.frame.count)
        return arena.store(packed)
      })
  }

  /// The descriptions of a parsed envelope.
  init(_ envelope: Tengu__Envelope) throws(WireError) {
    switch envelope.body_case {
    case TENGU__ENVELOPE__BODY_TRAJECTORY:
      let packed = try Unpack.body(envelope.trajectory)
      (count, specifications) = (packed.n_tensors, packed.tensors)
    case TENGU__ENVELOPE__BODY_SNAPSHOT:
      let packed = try Unpack.body(envelope.snapshot)
      (count, specifications) = (packed.n_tensors, packed.tensors)
    default: (count, specifications) = (0, nil)
    }
  }

  /// The tensors in the frames after the envelope: no frame, or one that holds all of them. The codec checks shapes
  /// later, the same way as for outgoing messages.
  func tensors(_ frames: ArraySlice<Frame>, _ limits: WireLimits, _ steps: StepSchema) throws(WireError)
    -> [TensorFrame]
  {
    try Check.sameCount(frames.count, as: count == 0 ? 0 : 1, "frames after the envelope", "the tensors' frame")
    guard let frame = frames.first else { return [] }
    let specifications = try Unpack.array(specifications, count).map { pointer throws(WireError) in
      try Unpack.body(pointer)
    }
    let layout = try Self.layout(specifications.map(\.bytes), in: frame.count, limits)
    // libzmq delivers small frames at any address in its receive buffer; those are copied once.
    let whole = frame.isAligned(to: TensorFrame.alignment) ? frame : AlignedBytes(copying: frame).frame()
    var tensors: [TensorFrame] = []
    for (packed, place) in zip(specifications, layout.places) {
      guard let name = TensorName(number: packed.name.rawValue, in: steps) else {
        throw .invalid(field: "tensors.name", reason: "\(packed.name.rawValue) is unknown")
      }
      let type = try Unpack.scalarType(packed.type.rawValue, "\(name).type")
      try Check.atMost(limits.maximumTensorDimensions, packed.n_dims, "\(name).dims")
      let shape = Unpack.array(packed.dims, packed.n_dims).map(Int.init)
      let encoding = try Unpack.value(packed.encoding.rawValue, TensorEncoding.self, "\(name).encoding")
      let part = count == 1 ? whole : whole.part(place.offset, place.byteCount)
      tensors.append(TensorFrame(name, type, shape, part, encoding: encoding))
    }
    return tensors
  }

  /// The layout that a received envelope states.
  /// - Throws: `WireError` if a frame of `frameBytes` bytes has another layout.
  private static func layout(
    _ byteCounts: [UInt64], in frameBytes: Int, _ limits: WireLimits
  ) throws(WireError) -> PackedLayout {
    for count in byteCounts {
      try Check.atMost(limits.maximumMessageBytes, Int(clamping: count), "tensors.bytes")
    }
    let layout = PackedLayout(byteCounts.map { Int(clamping: $0) })
    if layout.byteCount != frameBytes {
      throw .invalid(field: "tensors.bytes", reason: "\(layout.byteCount) in sum, but their frame has \(frameBytes)")
    }
    return layout
  }
}
