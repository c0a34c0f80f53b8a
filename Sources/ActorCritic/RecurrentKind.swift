/// The recurrent cell of a policy network. Raw values are those of run configurations and checkpoints.
public enum RecurrentKind: String, Sendable, CaseIterable {
  case gru
  case lstm
  /// No memory.
  case none
}
