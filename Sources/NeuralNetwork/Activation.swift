/// What a layer applies to its sums.
public enum Activation: Sendable, Hashable {
  case none
  /// Clevert, Unterthiner, Hochreiter 2016, alpha = 1.
  case elu
  /// max(x, 0)
  case relu
}
