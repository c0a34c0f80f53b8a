/// Seconds that rollout threads have spent, summed over them.
public struct RolloutTimes: Sendable, Hashable, Codable {
  /// Stepping environments, their observations, captions and rewards included.
  public var environment = 0.0
  /// The policy network and the sampling of actions.
  public var inference = 0.0
  /// The rest of an unroll: what carries over from the one before, and handing it on.
  public var other = 0.0
  /// Waiting for credit.
  public var wait = 0.0

  public init() {}

  public var total: Double { environment + inference + other + wait }

  public static func += (sum: inout RolloutTimes, more: RolloutTimes) {
    sum.environment += more.environment
    sum.inference += more.inference
    sum.other += more.other
    sum.wait += more.wait
  }

  public static func - (later: RolloutTimes, earlier: RolloutTimes) -> RolloutTimes {
    var difference = later
    difference.environment -= earlier.environment
    difference.inference -= earlier.inference
    difference.other -= earlier.other
    difference.wait -= earlier.wait
    return difference
  }
}
