import CWire
import Trajectories
import Transport

/// Encodes envelopes to frames and decodes frames to envelopes. No other code reads or writes proto/tengu.proto.
public struct WireCodec: Sendable {
  /// The bounds of both directions.
  public var limits: WireLimits
  /// The tensors of the run's trajectories.
  public var steps: StepSchema

  public init(limits: WireLimits, steps: StepSchema = .standard) {
    self.limits = limits
    self.steps = steps
  }

  /// The frames of a message: its envelope, then one frame with all its tensors. Tensors that already are parts of one
  /// frame with the right layout are not copied.
  /// - Throws: `WireError` for a message that every peer would refuse.
  public func encode(_ envelope: Envelope) throws(WireError) -> [Frame] {
    try check(envelope)
    let arena = PackArena()
    var packed = Tengu__Envelope()
    tengu__envelope__init(&packed)
    packed.schema_version = Envelope.schemaVersion
    packed.sequence = envelope.sequence
    packed.session = envelope.session
    envelope.message.pack(arena, tensors: PackedTensors(envelope.tensors, arena), into: &packed)
    let size = tengu__envelope__get_packed_size(&packed)
    try Check.atMost(limits.maximumHeaderBytes, size, "envelope")
    // `packed` points into the arena until it is serialised.
    let header = withExtendedLifetime(arena) {
      Frame(count: size) { _ = tengu__envelope__pack(&packed, $0.baseAddress?.assumingMemoryBound(to: UInt8.self)) }
    }
    guard let first = envelope.tensors.first else { return [header] }
    return [header, envelope.tensors.count == 1 ? first.frame : Self.oneFrame(of: envelope.tensors)]
  }

  /// The frame that the tensors are parts of, or a frame with a copy of them.
  private static func oneFrame(of tensors: [TensorFrame]) -> Frame {
    let layout = PackedLayout(tensors.map(\.frame.count))
    if let whole = tensors.first?.frame.whole, areParts(tensors, of: whole, layout) { return whole }
    return Frame(count: layout.byteCount) { memory in
      // The gaps are zeroed too, so that old heap content is not sent.
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      for (tensor, place) in zip(tensors, layout.places) {
        tensor.frame.withBytes { UnsafeMutableRawBufferPointer(rebasing: memory[place.offset...]).copyMemory(from: $0) }
      }
    }
  }

  /// Whether `tensors` already are the parts of `whole` that `layout` says.
  private static func areParts(_ tensors: [TensorFrame], of whole: Frame, _ layout: PackedLayout) -> Bool {
    guard whole.count == layout.byteCount, let start = whole.bytes.baseAddress else { return false }
    return zip(tensors, layout.places).allSatisfy { tensor, place in
      tensor.frame.whole === whole && tensor.frame.bytes.baseAddress == start + place.offset
    }
  }

  /// The message of received frames. Its plain tensors are aligned to `TensorFrame.alignment`; compressed tensors stay
  /// compressed until a receiver that knows their shapes passes them to `TensorDecompressor`.
  /// - Throws: `WireError` naming the wrong field. No input crashes, and none takes more memory than
  ///   `limits.maximumParserBytes` in addition to its own.
  public func decode(_ frames: [Frame]) throws(WireError) -> Envelope {
    guard let header = frames.first else { throw .malformed }
    try Check.atMost(limits.maximumHeaderBytes, header.count, "envelope")
    try Check.atMost(limits.maximumMessageBytes, frames.reduce(0) { $0 + $1.count }, "message")
    let version = try header.withBytes { bytes throws(WireError) in try Self.schemaVersion(bytes) }
    guard version == Envelope.schemaVersion else {
      throw .otherSchemaVersion(theirs: version, ours: Envelope.schemaVersion)
    }

    let allocator = CappedAllocator(maximumBytes: limits.maximumParserBytes)
    var callbacks = allocator.callbacks
    let parsed = header.withBytes {
      tengu__envelope__unpack(&callbacks, $0.count, $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    guard let parsed else { throw .malformed }
    // The parsed message lives as long as the allocator.
    defer { withExtendedLifetime(allocator) {} }

    let message = try Message(parsed.pointee)
    let tensors = try PackedTensors(parsed.pointee).tensors(frames.dropFirst(), limits, steps)
    let envelope = Envelope(
      sequence: parsed.pointee.sequence, message: message, tensors: tensors, session: parsed.pointee.session)
    try check(envelope)
    return envelope
  }

  /// The version of an envelope, read before anything is parsed: its first field, number 1, a varint.
  static func schemaVersion(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> UInt32 {
    let tag: UInt8 = 0x08
    guard bytes.first == tag else { throw .malformed }
    var version: UInt64 = 0
    for (index, byte) in bytes.dropFirst().prefix(5).enumerated() {
      version |= UInt64(clamping: byte & 0x7F) << UInt64(clamping: 7 * index)
      if byte & 0x80 == 0 { return UInt32(truncatingIfNeeded: version) }
    }
    throw .malformed
  }

  private func check(_ envelope: Envelope) throws(WireError) {
    try envelope.message.body.check(limits)
    var total = 0
    for tensor in envelope.tensors {
      try tensor.check(limits)
      total += tensor.byteCount
    }
    switch envelope.message {
    case .trajectory(let header):
      try TensorRules.checkTrajectory(
        envelope.tensors, unrollLength: header.unrollLength, environments: header.environments, steps)
    case .snapshot: try TensorRules.checkSnapshot(envelope.tensors)
    default: try Check.sameCount(envelope.tensors.count, as: 0, "tensors", "the schema")
    }
    try Check.atMost(limits.maximumMessageBytes, total, "message")
  }
}
