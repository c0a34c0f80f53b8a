/// Everything that decides a policy network's shape and first weights, apart from the environment.
public struct NetworkDescription: Sendable, Hashable {
  /// The network that is built.
  public var entry: NetworkEntry
  public var sizes: NetworkSizes
  public var recurrent: RecurrentKind
  /// Initial weights of dense, recurrent and convolutional layers.
  public var initialisation = InitialisationKind.orthogonal
  /// Gain of the policy head's orthogonal weights. A small gain makes the initial policy nearly uniform (Andrychowicz
  /// et al. 2021, section 3.2).
  public var policyGain: Float = 0.01
  /// Whether numeric fields are standardised by their running mean and deviation.
  public var normalisesObservations = false
  /// Whether values are learned in units of the running deviation of their targets, from their running mean.
  public var normalisesValues = false
  /// Dimensions of the vector of each text's trigrams, in addition to that of its words; 0 = the network reads words alone.
  public var trigramSize = 0
  /// Probability that each legal choice of the first factor has at least, at the beginning of a run; 0 = no floor.
  public var choiceFloor: Float = 0

  /// - Parameter sizes: nil takes the entry's own.
  public init(_ entry: NetworkEntry = .compact, sizes: NetworkSizes? = nil, recurrent: RecurrentKind = .gru) {
    self.entry = entry
    self.sizes = sizes ?? entry.sizes
    self.recurrent = recurrent
  }
}

/// The sizes of a policy network. All are at least 1.
public struct NetworkSizes: Sendable, Hashable {
  /// Dimensions of each category's vector.
  public var embedding: Int
  /// Dimensions of each text field's mean of hashed n-grams.
  public var text: Int
  /// Units of each hidden layer of the encoder.
  public var hidden: Int
  /// Units of the recurrent cell; unused without one.
  public var recurrent: Int

  public init(embedding: Int = 16, text: Int = 32, hidden: Int = 128, recurrent: Int = 128) {
    self.embedding = embedding
    self.text = text
    self.hidden = hidden
    self.recurrent = recurrent
  }
}

/// The recurrent cell of a policy network. Raw values are those of run configurations and checkpoints.
public enum RecurrentKind: String, Sendable, CaseIterable {
  case gru
  case lstm
  case minGRU = "min_gru"
  /// No memory.
  case none
}

/// The initial weights of dense, recurrent and convolutional layers. Raw values are those of run configurations.
public enum InitialisationKind: String, Sendable, CaseIterable {
  /// Orthogonal weights and zero biases (1 for the LSTM's forget gate).
  case orthogonal
  /// Weights and biases uniform in ±1 / sqrt(fan in), the default of PyTorch's layers. The fan in of a recurrent cell
  /// is its number of units.
  case uniform
}

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
  public static let all: [NetworkEntry] = [.compact, .mlp, .wide, .impala, .oni]

  /// The built-in network with this name, or nil.
  public static func entry(named name: String) -> NetworkEntry? { all.first { $0.name == name } }

  /// Entries with the same name are equal.
  public static func == (first: NetworkEntry, second: NetworkEntry) -> Bool { first.name == second.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
