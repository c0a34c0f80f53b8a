import ActorCritic

/// `[network]`: the kind and the sizes of the policy network.
public struct NetworkSection: Sendable, Hashable {
  public var kind = NetworkKind.compact

  public var embeddingSize = 16
  /// Dimensions of the hashed n-gram embedding of text fields.
  public var textSize = 32
  public var hiddenSize = 128
  public var recurrent = RecurrentKind.gru
  public var recurrentSize = 128

  public init() {}
}
