import CWire
import Transport

/// Envelopes to frames and back. Nothing else reads or writes proto/tengu.proto.
public enum WireCodec {
  /// The frames of a message: its envelope, then one with its tensors, which are not copied if they lie in one already
  /// (`TensorLayout`).
  /// - Throws: `WireError` for a message that every peer would refuse.
  public static func encode(
    _ envelope: Envelope, limits: WireLimits = WireLimits()
  ) throws(WireError) -> [Frame] {
    try check(envelope, limits)
    let arena = PackArena()
    var packed = Tengu__Envelope()
    tengu__envelope__init(&packed)
    packed.schema_version = Envelope.schemaVersion
    packed.sequence = envelope.sequence
    envelope.message.pack(arena, tensors: PackedTensors(envelope.tensors, arena), into: &packed)
    let size = tengu__envelope__get_packed_size(&packed)
    try Check.atMost(limits.maximumHeaderBytes, size, "envelope")
    // `packed` points into the arena until it is serialised.
    let header = withExtendedLifetime(arena) {
      Frame(count: size) { _ = tengu__envelope__pack(&packed, $0.baseAddress?.assumingMemoryBound(to: UInt8.self)) }
    }
    guard let first = envelope.tensors.first else { return [header] }
    return [header, envelope.tensors.count == 1 ? first.frame : oneFrame(of: envelope.tensors)]
  }

  /// The frame that the tensors are parts of, or else a copy of them in one.
  private static func oneFrame(of tensors: [TensorFrame]) -> Frame {
    let layout = TensorLayout(tensors.map(\.frame.count))
    if let whole = tensors.first?.frame.whole, layout.isThat(of: tensors, in: whole) { return whole }
    return Frame(count: layout.byteCount) { memory in
      // The gaps too: what the memory held before is not to be sent.
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      for (tensor, place) in zip(tensors, layout.places) {
        tensor.frame.withBytes { UnsafeMutableRawBufferPointer(rebasing: memory[place.offset...]).copyMemory(from: $0) }
      }
    }
  }

  /// The message of received frames, with its plain tensors aligned to `TensorFrame.alignment`. Compressed ones are left
  /// as they came: whoever knows what they should be asks `TensorDecompressor`.
  /// - Throws: `WireError` naming the field that is wrong. No input crashes, and none takes more memory than
  ///   `limits.maximumParserBytes` beside its own.
  public static func decode(
    _ frames: [Frame], limits: WireLimits = WireLimits()
  ) throws(WireError) -> Envelope {
    guard let header = frames.first else { throw .malformed }
    try Check.atMost(limits.maximumHeaderBytes, header.count, "envelope")
    try Check.atMost(limits.maximumMessageBytes, frames.reduce(0) { $0 + $1.count }, "message")
    let version = try header.withBytes { bytes throws(WireError) in try schemaVersion(bytes) }
    guard version == Envelope.schemaVersion else {
      throw .otherSchemaVersion(theirs: version, ours: Envelope.schemaVersion)
    }

    let allocator = CappedAllocator(maximumBytes: limits.maximumParserBytes)
    var callbacks = allocator.callbacks
    let parsed = header.withBytes {
      tengu__envelope__unpack(&callbacks, $0.count, $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    guard let parsed else { throw .malformed }
    defer { withExtendedLifetime(allocator) { tengu__envelope__free_unpacked(parsed, &callbacks) } }

    let message = try Message(parsed.pointee)
    let tensors = try PackedTensors(parsed.pointee).tensors(frames.dropFirst(), limits)
    let envelope = Envelope(sequence: parsed.pointee.sequence, message: message, tensors: tensors)
    try check(envelope, limits)
    return envelope
  }

  /// The version of an envelope, read before anything is parsed: its first field, number 1, a varint.
  static func schemaVersion(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> UInt32 {
    let tag: UInt8 = 0x08
    guard bytes.first == tag else { throw .malformed }
    var version: UInt64 = 0
    for (index, byte) in bytes.dropFirst().prefix(5).enumerated() {
      version |= UInt64(byte & 0x7F) << UInt64(7 * index)
      if byte & 0x80 == 0 { return UInt32(truncatingIfNeeded: version) }
    }
    throw .malformed
  }

  private static func check(_ envelope: Envelope, _ limits: WireLimits) throws(WireError) {
    try envelope.message.body.check(limits)
    var total = 0
    for tensor in envelope.tensors {
      try tensor.check(limits)
      total += tensor.byteCount
    }
    try TensorSchema.check(envelope.tensors, against: envelope.message.tensorSchemas)
    try Check.atMost(limits.maximumMessageBytes, total, "message")
  }
}
