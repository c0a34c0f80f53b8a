/// `[worker]`: how a rollout worker divides its machine.
public struct WorkerSection: Sendable, Hashable {
  /// Rollout threads; 0 = chosen from the core count.
  public var threads = 0
  /// Environments that step together; the E of an unroll.
  public var environmentsPerGroup = 16
  public var groupsPerThread = 1
  public var doubleBuffered = false

  public init() {}
}
