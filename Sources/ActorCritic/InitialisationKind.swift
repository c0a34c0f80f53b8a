/// How the weights of dense, recurrent and convolutional layers begin. Raw values are those of run configurations.
public enum InitialisationKind: String, Sendable, CaseIterable {
  /// Orthogonal, with zero biases (1 for the LSTM's forget gate).
  case orthogonal
  /// Weights and biases uniform in ±1 / sqrt(fan in), as PyTorch's layers begin; recurrent cells count their own units.
  case uniform
}
