/// Who judged by what: labels of one origin may be mixed, others are answers to another question.
public struct LabelOrigin: Sendable, Hashable, CustomStringConvertible {
  public var kind: String
  public var version: String
  /// Empty for annotators that know no goals.
  public var goal: String

  public init(kind: String, version: String, goal: String = "") {
    self.kind = kind
    self.version = version
    self.goal = goal
  }

  public var description: String { goal.isEmpty ? "\(kind) \(version)" : "\(kind) \(version), goal \(goal)" }
}
