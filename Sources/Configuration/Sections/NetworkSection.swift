import ActorCritic

/// `[network]`: the kind and the sizes of the policy network, and how it begins.
public struct NetworkSection: Sendable, Hashable {
  public var kind = NetworkKind.compact

  /// Sizes: 0 is the kind's own.
  public var embeddingSize = 0
  /// Dimensions of the hashed n-gram embedding of text fields.
  public var textSize = 0
  public var hiddenSize = 0
  public var recurrent = RecurrentKind.gru
  public var recurrentSize = 0
  public var initialisation = InitialisationKind.orthogonal
  /// Of the policy head's orthogonal weights.
  public var policyGain = 0.01
  public var normaliseObservations = false

  public init() {}
}
