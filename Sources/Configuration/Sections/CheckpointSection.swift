/// `[checkpoint]`: how often the run's state is saved, and how many saves are kept.
public struct CheckpointSection: Sendable, Hashable {
  public var intervalSeconds = 300.0
  public var keep = 3

  public init() {}
}
