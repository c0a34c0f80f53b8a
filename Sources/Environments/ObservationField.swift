import Tensor

/// How a policy network reads a field. It is part of the environment's contract, so that one network builder serves
/// every environment.
public enum ObservationEncoding: Sendable, Hashable {
  /// Each element is an index below `cardinality`; it is embedded.
  case categorical(cardinality: Int)
  /// Each element is a number; it is multiplied by its scale (one per element, or one for all), standardised if the run
  /// says so, and clipped to ±5.
  case numeric(scale: [Float])
  /// Bytes of text, ended by zero; hashed n-grams are embedded.
  case text
  /// Carried along, never shown to the network.
  case hidden
}

/// One named array of an observation.
public struct ObservationField: Sendable, Hashable {
  public let name: String
  public let type: ScalarType
  /// Row-major; empty for a scalar.
  public let shape: [Int]
  public let encoding: ObservationEncoding

  public init(_ name: String, _ type: ScalarType, _ shape: [Int], _ encoding: ObservationEncoding) {
    self.name = name
    self.type = type
    self.shape = shape
    self.encoding = encoding
  }

  public var elementCount: Int { shape.reduce(1, *) }
  public var byteCount: Int { elementCount * type.byteCount }
}
