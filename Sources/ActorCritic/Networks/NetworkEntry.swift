/// One kind of policy network: its name in run configurations, its sizes, the fields it reads and its encoder.
///
/// `all` lists the built-in ones. A new network is one value of this type; no other code names it.
public struct NetworkEntry: Sendable, Hashable, CustomStringConvertible {
  /// Builds the part of the network below the recurrent cell, with parameters placed by the builder.
  ///
  /// Throws `PolicyNetworkError` naming the field or size that does not work.
  public typealias Encoder =
    @Sendable (_ builder: inout EncoderBuilder, _ sizes: NetworkSizes) throws -> any ObservationEncoder

  /// Name in run configurations, for example "compact".
  public let name: String
  /// One clause for the configuration reference: what the network reads and when to choose it.
  public let explanation: String
  /// Sizes to use where the configuration names none.
  public let sizes: NetworkSizes
  /// Names of the observation fields that an environment must provide for it; nil if the network reads whichever fields
  /// the environment provides by default.
  public let observationFields: [String]?
  let makeEncoder: Encoder

  public init(
    name: String, explanation: String, sizes: NetworkSizes, observationFields: [String]? = nil,
    makeEncoder: @escaping Encoder
  ) {
    self.name = name
    self.explanation = explanation
    self.sizes = sizes
    self.observationFields = observationFields
    self.makeEncoder = makeEncoder
  }

  public var description: String { name }

  /// The built-in networks, in the order of the configuration reference.
  public static let all: [NetworkEntry] = [.compact, .mlp, .wide, .oni]

  /// The built-in network with this name, or nil.
  public static func entry(named name: String) -> NetworkEntry? { all.first { $0.name == name } }

  /// Entries with the same name are equal.
  public static func == (first: NetworkEntry, second: NetworkEntry) -> Bool { first.name == second.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
