import CProtobufC
import CWire
import Environments
import Trajectories
import Transport

/// A request to an environment server. `proto/environments.proto` specifies the messages.
struct ServerRequest {
  enum Kind: UInt32 {
    case describe = 1
    case open, reset, step, close
  }

  static let version: UInt32 = 1

  var kind: Kind
  var sequence: UInt32
  var batch: UInt32 = 0
  /// Environments: of the new batch, or that begin an episode.
  var count = 0

  /// The header frame.
  var frame: Frame {
    var packed = TenguEnvironments__Request()
    tengu_environments__request__init(&packed)
    packed.version = TenguEnvironments__ProtocolVersion(Self.version)
    packed.sequence = sequence
    packed.kind = TenguEnvironments__RequestKind(kind.rawValue)
    packed.batch = batch
    packed.count = UInt32(clamping: count)
    return Frame(count: tengu_environments__request__get_packed_size(&packed)) {
      _ = tengu_environments__request__pack(&packed, $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
  }
}

/// A server's answer, without its data frames.
struct ServerReply {
  /// Bytes of a header: a description with bounds of many numbers, or failures with their tracebacks.
  static let maximumHeaderBytes = 4 << 20

  var sequence: UInt32
  /// Why the server could not do what was asked; nil if it did.
  var error: String?
  var description: ServerDescription?
  /// Environments of the batch that raised an error, with Python's account of it.
  var failures: [(environment: Int, text: String)]
  /// Facts of the episodes that the step ended.
  var facts: [(environment: Int, facts: EpisodeFacts)]

  /// - Throws: `ServerProblem` if the frame is no reply of this version of the protocol.
  init(_ header: Frame) throws(ServerProblem) {
    guard header.count <= Self.maximumHeaderBytes else {
      throw ServerProblem("sent a header of \(header.count) bytes, more than \(Self.maximumHeaderBytes)")
    }
    let parsed = header.withBytes {
      tengu_environments__reply__unpack(nil, $0.count, $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    guard let parsed else { throw ServerProblem("sent a header that cannot be parsed; is it an environment server?") }
    defer { tengu_environments__reply__free_unpacked(parsed, nil) }
    let reply = parsed.pointee
    guard reply.version.rawValue == ServerRequest.version else {
      throw ServerProblem(
        "speaks version \(reply.version.rawValue) of the protocol, this program version \(ServerRequest.version): "
          + "use the tengu-client of the same release")
    }
    sequence = reply.sequence
    let text = ServerDescription.text(reply.error)
    error = text.isEmpty ? nil : text
    description = try reply.description.map { description throws(ServerProblem) in
      try ServerDescription(description.pointee)
    }
    failures = (0..<reply.n_failures).compactMap { index in
      guard let failure = reply.failures?[index] else { return nil }
      return (Int(clamping: failure.pointee.environment), ServerDescription.text(failure.pointee.text))
    }
    facts = (0..<reply.n_facts).compactMap { index in
      guard let facts = reply.facts?[index] else { return nil }
      return (Int(clamping: facts.pointee.environment), Self.facts(facts.pointee))
    }
  }

  /// Facts with legal names and finite values; others are left out.
  private static func facts(_ packed: TenguEnvironments__EpisodeFacts) -> EpisodeFacts {
    let count = min(packed.n_names, packed.n_values, FactSums.maximumNames)
    return EpisodeFacts(
      numbers: (0..<count).compactMap { index in
        let name = ServerDescription.text(packed.names?[index])
        let value = Double(packed.values[index])
        return FactSums.isName(name) && abs(value) <= FactSums.maximumMagnitude ? .init(name, value) : nil
      })
  }
}
