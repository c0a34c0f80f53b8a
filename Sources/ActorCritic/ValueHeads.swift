/// How many value heads the policy network has, and of which reward each is the value.
public enum ValueHeads: String, Sendable, CaseIterable {
  /// One head on the sum of extrinsic and intrinsic reward, as ONI has it.
  case single
  /// Head 0 on the extrinsic reward and head 1 on the intrinsic, each with its own discount; the advantages are summed
  /// (Burda et al. 2018).
  case separate

  /// V.
  public var count: Int {
    switch self {
    case .single: 1
    case .separate: 2
    }
  }
}
