import CWire
import Tensor
import Trajectories
import Transport

/// The tensors that a message must have: these, in this order. Sizes that the message's own fields do not fix are not
/// checked here; the receiver of a trajectory knows them from its run.
enum TensorRules {
  /// Refuses tensors that are not those of an unroll of T steps of E environments.
  static func checkTrajectory(
    _ tensors: [TensorFrame], unrollLength: Int, environments: Int, _ steps: StepSchema
  ) throws(WireError) {
    try Check.sameCount(tensors.count, as: steps.tensors.count, "tensors", "the schema")
    for index in tensors.indices {
      let (tensor, rule) = (tensors[index], steps.tensors[index])
      try checkName(tensor, number: rule.number, rule.name, type: rule.type)
      var fits = tensor.shape.count == rule.shape.count
      for dimension in rule.shape.indices where fits {
        fits = size(rule.shape[dimension], unrollLength, environments).map { $0 == tensor.shape[dimension] } ?? true
      }
      if !fits {
        let expected = rule.shape.map { size($0, unrollLength, environments).map(String.init) ?? "any" }
        throw .invalid(
          field: "\(tensor.name).dims", reason: "\(tensor.shape) instead of [\(expected.joined(separator: ", "))]")
      }
    }
  }

  /// Refuses tensors that are not those of a snapshot. Parameters do not compress well, and workers use them where they
  /// arrived.
  static func checkSnapshot(_ tensors: [TensorFrame]) throws(WireError) {
    try Check.sameCount(tensors.count, as: 1, "tensors", "the schema")
    let (tensor, name) = (tensors[0], TensorName.parameters)
    try checkName(tensor, number: name.number, name.description, type: .float32)
    guard tensor.encoding == .plain else {
      throw .invalid(field: "\(tensor.name).encoding", reason: "\(tensor.encoding) instead of plain")
    }
    guard tensor.shape.count == 1 else {
      throw .invalid(field: "\(tensor.name).dims", reason: "\(tensor.shape) instead of [any]")
    }
  }

  private static func checkName(
    _ tensor: TensorFrame, number: UInt32, _ name: String, type: ScalarType
  ) throws(WireError) {
    guard tensor.name.number == number else {
      throw .invalid(field: "tensors", reason: "\(tensor.name) where \(name) is expected")
    }
    guard tensor.type == type else {
      throw .invalid(field: "\(tensor.name).type", reason: "\(tensor.type) instead of \(type)")
    }
  }

  /// What the message's fields say about a dimension; nil for nothing.
  private static func size(_ dimension: StepDimension, _ unrollLength: Int, _ environments: Int) -> Int? {
    switch dimension {
    case .steps: unrollLength
    case .stepsAndEnd: unrollLength + 1
    case .environments: environments
    case .rowBytes, .valueHeads, .stateSize: nil
    case .fixed(let size): size
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
