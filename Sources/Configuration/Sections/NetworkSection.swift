/// `[network]`: the kind and the sizes of the policy network, and how it begins.
public struct NetworkSection: Sendable, Hashable {
  /// Name of a policy network.
  public enum Kind: String, Sendable, CaseIterable {
    case compact, mlp, wide, oni
  }

  /// Kind of the recurrent cell.
  public enum Recurrent: String, Sendable, CaseIterable {
    case gru, lstm, none
  }

  /// How the weights begin.
  public enum Initialisation: String, Sendable, CaseIterable {
    case orthogonal, uniform
  }

  public var kind = Kind.compact

  /// Sizes: 0 is the kind's own.
  public var embeddingSize = 0
  /// Dimensions of the hashed n-gram embedding of text fields.
  public var textSize = 0
  public var hiddenSize = 0
  public var recurrent = Recurrent.gru
  public var recurrentSize = 0
  public var initialisation = Initialisation.orthogonal
  /// Of the policy head's orthogonal weights.
  public var policyGain = 0.01
  public var normaliseObservations = false

  public init() {}
}
