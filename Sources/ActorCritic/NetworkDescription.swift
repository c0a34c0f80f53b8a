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

/// The reason why a policy network cannot be built for an observation layout. Names the field or size.
public struct PolicyNetworkError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
