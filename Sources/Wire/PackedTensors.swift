import CWire
import Tensor
import Transport

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
        packed.name = Tengu__TensorName(tensor.name.rawValue)
        packed.type = Tengu__ScalarType(UInt32(tensor.type.rawValue))
        packed.n_dims = tensor.shape.count
        packed.encoding = Tengu__TensorEncoding(tensor.encoding.rawValue)
        packed.dims = arena.array(tensor.shape.map { UInt32(clamping: $0) })
        packed.bytes = UInt64(tensor.frame.count)
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

  /// The tensors in the frames after the envelope: none, or the one that holds all of them. Shapes are checked later,
  /// together with those of outgoing messages.
  func tensors(_ frames: ArraySlice<Frame>, _ limits: WireLimits) throws(WireError) -> [TensorFrame] {
    try Check.sameCount(frames.count, as: count == 0 ? 0 : 1, "frames after the envelope", "the tensors' frame")
    guard let frame = frames.first else { return [] }
    let specifications = try Unpack.array(specifications, count).map { pointer throws(WireError) in
      try Unpack.body(pointer)
    }
    let layout = try TensorLayout(received: specifications.map(\.bytes), in: frame.count, limits)
    // libzmq delivers small frames wherever they lay in its receive buffer; those are copied, once.
    let whole = frame.isAligned(to: TensorFrame.alignment) ? frame : AlignedBytes(copying: frame).frame()
    var tensors: [TensorFrame] = []
    for (packed, place) in zip(specifications, layout.places) {
      let name = try Unpack.value(packed.name.rawValue, TensorName.self, "tensors.name")
      guard let type = UInt8(exactly: packed.type.rawValue).flatMap(ScalarType.init) else {
        throw .invalid(field: "\(name).type", reason: "\(packed.type.rawValue) is unknown")
      }
      try Check.atMost(limits.maximumTensorDimensions, packed.n_dims, "\(name).dims")
      let shape = Unpack.array(packed.dims, packed.n_dims).map(Int.init)
      let encoding = try Unpack.value(packed.encoding.rawValue, TensorEncoding.self, "\(name).encoding")
      let part = count == 1 ? whole : whole.part(place.offset, place.byteCount)
      tensors.append(TensorFrame(name, type, shape, part, encoding: encoding))
    }
    return tensors
  }
}
