/// `[network]`: the sizes of the policy network.
public struct NetworkSection: Sendable, Hashable {
  /// The recurrent cell's kind.
  public enum Recurrent: String, Sendable, CaseIterable {
    case gru, lstm
  }

  public var embeddingSize = 16
  /// Dimensions of the hashed n-gram embedding of text fields.
  public var textSize = 32
  public var hiddenSize = 128
  public var recurrent = Recurrent.gru
  public var recurrentSize = 128

  public init() {}
}
