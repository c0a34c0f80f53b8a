/// How much a label store holds.
public struct LabelStoreCounts: Sendable, Hashable {
  /// Rows, history included.
  public let answers: Int
  /// Captions whose standing answer is a label.
  public let labelled: Int
  /// Captions whose standing label is above zero.
  public let positive: Int
  /// Captions whose standing answer is an abstention.
  public let abstained: Int
}
