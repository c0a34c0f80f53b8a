/// Why a message cannot be sent or was not understood. Fields are named as in proto/tengu.proto,
/// tensors as in `TensorName`.
public enum WireError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The envelope is no protobuf, or would take more memory than the parser may have.
  case malformed
  /// The peer speaks another version of the schema.
  case otherSchemaVersion(theirs: UInt32, ours: UInt32)
  /// The envelope's body is none of those this version knows.
  case unknownKind(theirs: UInt32, ours: UInt32)
  /// A field is larger than `WireLimits` allows.
  case beyondLimit(field: String, value: Int, limit: Int)
  /// A field's value makes no sense.
  case invalid(field: String, reason: String)

  public var description: String {
    switch self {
    case .malformed: "the envelope cannot be parsed"
    case .otherSchemaVersion(let theirs, let ours):
      "the peer speaks schema version \(theirs), this process version \(ours)"
    case .unknownKind(let theirs, let ours):
      "the message has no known kind (the peer speaks schema version \(theirs), this process version \(ours))"
    case .beyondLimit(let field, let value, let limit): "\(field) is \(value), the limit \(limit)"
    case .invalid(let field, let reason): "\(field): \(reason)"
    }
  }
}
