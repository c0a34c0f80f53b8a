/// `[network]`: the kind, the sizes and the first weights of the policy network.
public struct NetworkSection: Sendable, Hashable {
  /// Name of a policy network.
  public struct Kind: RegisteredName {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let compact = Kind(rawValue: "compact")
    public static let mlp = Kind(rawValue: "mlp")
    public static let wide = Kind(rawValue: "wide")
    public static let impala = Kind(rawValue: "impala")
    public static let oni = Kind(rawValue: "oni")

    public static let builtIn: [Kind] = [.compact, .mlp, .wide, .impala, .oni]
  }

  /// Kind of the recurrent cell.
  public enum Recurrent: String, Sendable, CaseIterable {
    case gru, lstm
    case minGRU = "min_gru"
    case none
  }

  /// Distribution of the first weights.
  public enum Initialisation: String, Sendable, CaseIterable {
    case orthogonal, uniform
  }

  public var kind = Kind.compact
  // A size of 0 is the kind's own.
  public var embeddingSize = 0
  public var textSize = 0
  public var hiddenSize = 0
  public var recurrent = Recurrent.gru
  public var recurrentSize = 0
  public var initialisation = Initialisation.orthogonal
  /// Gain of the policy head's orthogonal weights.
  public var policyGain = 0.01
  public var normaliseObservations = false
  public var normaliseValues = false
  /// Dimensions of a text's trigrams; 0 = none.
  public var trigramSize = 0
  /// Probability that each legal choice of an action's first factor has at least, at first; 0 = no floor.
  public var choiceFloor = 0.0

  public init() {}

  static let fields: [SectionField<NetworkSection>] = [
    .entry(
      "kind", \.kind, shapesUnrolls: true,
      "compact fits any observation and is made for CPUs; mlp has no convolutions; wide reads NetHack's whole map; "
        + "impala reads pictures with residual blocks; oni is the network of ONI's paper."),
    .integer(
      "embedding_size", \.embeddingSize, Bound.layerSize, shapesUnrolls: true,
      "Dimensions of the embedding of each categorical element, such as a map cell. 0: the kind's own size."),
    .integer(
      "text_size", \.textSize, Bound.layerSize, shapesUnrolls: true,
      "Dimensions of the hashed n-gram embedding of text fields. 0: the kind's own size."),
    .integer(
      "hidden_size", \.hiddenSize, Bound.layerSize, shapesUnrolls: true,
      "Units of the encoder's dense layers. 0: the kind's own size."),
    .choice(
      "recurrent", \.recurrent, shapesUnrolls: true,
      "Kind of the recurrent cell. With none, the policy has no memory."),
    .integer(
      "recurrent_size", \.recurrentSize, Bound.layerSize, shapesUnrolls: true,
      "Units of the recurrent cell. 0: the kind's own size."),
    .choice(
      "initialisation", \.initialisation,
      "First weights: \"orthogonal\", with zero biases, or \"uniform\" in ±1 / sqrt(fan in), biases as well, as "
        + "PyTorch's layers have. Embeddings are Gaussian with both."),
    .real(
      "policy_gain", \.policyGain, 0...10,
      "Gain of the policy head's orthogonal weights; with a small gain the first policy is nearly uniform. ONI: 1. "
        + "Used only when initialisation is \"orthogonal\"."),
    .boolean(
      "normalise_observations", \.normaliseObservations, shapesUnrolls: true,
      "Standardises numeric fields by their running mean and deviation over the batches, after their fixed scales and "
        + "before the clip to ±5."),
    .boolean(
      "normalise_values", \.normaliseValues, shapesUnrolls: true,
      "Learns values in units of the running deviation of the returns, from their running mean (PopArt), so that an "
        + "environment may pay as much or as little as it likes."),
    .integer(
      "trigram_size", \.trigramSize, Bound.layerSize, shapesUnrolls: true,
      "Dimensions of the embedding of a text's hashed trigrams of characters, in addition to that of its words. 0: none."
    ),
    .real(
      "choice_floor", \.choiceFloor, 0...0.5, shapesUnrolls: true,
      "Probability that each legal choice of an action's first factor (a verb of NetHackFull) has at least. It is part of "
        + "the policy: actors, learner, evaluations and exports have the same distribution. 0: no floor."),
  ]
}
