/// Who judged, by a version that changes whenever the same caption could be judged differently (table, prompt, goal, model,
/// threshold): labels of one origin may be mixed, others are answers to another question.
public struct LabelOrigin: Sendable, Hashable, CustomStringConvertible {
  public var kind: String
  public var version: String

  public init(kind: String, version: String) {
    self.kind = kind
    self.version = version
  }

  public var description: String { "\(kind) \(version)" }
}
