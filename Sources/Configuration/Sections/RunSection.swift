/// `[run]`: how long, and from which seed.
public struct RunSection: Sendable, Hashable {
  public var seed = 1
  /// Environment steps after which the run ends.
  public var steps = 10_000_000

  public init() {}
}
