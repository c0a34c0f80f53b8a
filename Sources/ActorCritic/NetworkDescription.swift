/// The kind of a policy network and its sizes, in units unless said otherwise.
public struct NetworkDescription: Sendable, Hashable {
  public var kind: NetworkKind
  /// Of each category's vector.
  public var embeddingSize: Int
  /// Of each text field's mean of hashed n-grams.
  public var textSize: Int
  /// Of the hidden layers.
  public var hiddenSize: Int
  public var recurrent: RecurrentKind
  /// Of the recurrent cell; not read without one.
  public var recurrentSize: Int
  /// How the weights of dense, recurrent and convolutional layers begin.
  public var initialisation = InitialisationKind.orthogonal
  /// Gain of the policy head's orthogonal weights: a small one begins with a nearly uniform policy (Andrychowicz et al.
  /// 2021, section 3.2).
  public var policyGain: Float = 0.01
  /// Whether numeric fields are standardised by their running mean and deviation.
  public var normalisesObservations = false

  public init(
    kind: NetworkKind = .compact, embeddingSize: Int = 16, textSize: Int = 32, hiddenSize: Int = 128,
    recurrent: RecurrentKind = .gru, recurrentSize: Int = 128
  ) {
    self.kind = kind
    self.embeddingSize = embeddingSize
    self.textSize = textSize
    self.hiddenSize = hiddenSize
    self.recurrent = recurrent
    self.recurrentSize = recurrentSize
  }

  /// The sizes that `kind` was made for, with a GRU.
  public static func standard(_ kind: NetworkKind) -> NetworkDescription {
    switch kind {
    case .compact: NetworkDescription(kind: kind)
    case .mlp: NetworkDescription(kind: kind, hiddenSize: 64, recurrentSize: 64)
    case .wide: NetworkDescription(kind: kind, hiddenSize: 256, recurrentSize: 256)
    case .oni: NetworkDescription(kind: kind, hiddenSize: 512, recurrentSize: 512)
    }
  }
}
