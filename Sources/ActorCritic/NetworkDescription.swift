/// The sizes of a policy network, in units unless said otherwise.
public struct NetworkDescription: Sendable, Hashable {
  /// Of each category's vector.
  public var embeddingSize: Int
  /// Of each text field's mean of hashed n-grams.
  public var textSize: Int
  /// Of the categorical branch and of the layer that joins all branches.
  public var hiddenSize: Int
  public var recurrent: RecurrentKind
  public var recurrentSize: Int

  public init(
    embeddingSize: Int = 16, textSize: Int = 32, hiddenSize: Int = 128, recurrent: RecurrentKind = .gru,
    recurrentSize: Int = 128
  ) {
    self.embeddingSize = embeddingSize
    self.textSize = textSize
    self.hiddenSize = hiddenSize
    self.recurrent = recurrent
    self.recurrentSize = recurrentSize
  }
}
