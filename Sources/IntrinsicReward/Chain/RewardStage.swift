/// One transform of a chain as it was asked for: its name and the parameters that were set.
public struct RewardStage: Sendable, Hashable {
  /// A name of `RewardTransformEntry.all`.
  public var name: String
  /// By name; those that are missing have their defaults.
  public var parameters: [String: Double]

  public init(_ name: String, _ parameters: [String: Double] = [:]) {
    self.name = name
    self.parameters = parameters
  }
}
