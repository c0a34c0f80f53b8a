import Wire

/// What workers have done in some span of time, from the differences between their heartbeats.
struct WorkerActivity: Sendable, Equatable {
  /// Environment steps, those included that never reached the learner.
  var steps = 0
  /// Unrolls that workers discarded instead of sending them.
  var discardedTrajectories = 0
  /// Environments that failed and were made again.
  var environmentErrors = 0
  /// How rollout threads spent their time, in seconds.
  var times = RolloutTimes()

  init(times: RolloutTimes = RolloutTimes()) { self.times = times }

  /// What a worker has done between two of its heartbeats.
  init(from earlier: Heartbeat, to later: Heartbeat) {
    environmentErrors = Self.difference(earlier.environmentErrors, later.environmentErrors)
    discardedTrajectories = Self.difference(earlier.discardedTrajectories, later.discardedTrajectories)
    steps = Self.difference(earlier.steps, later.steps)
    times = later.times - earlier.times
  }

  static func += (sum: inout WorkerActivity, more: WorkerActivity) {
    sum.steps += more.steps
    sum.discardedTrajectories += more.discardedTrajectories
    sum.environmentErrors += more.environmentErrors
    sum.times += more.times
  }

  /// The numbers come from the wire: a counter that falls counts as unchanged, and one that leaps cannot overflow the
  /// sums.
  private static func difference(_ earlier: UInt64, _ later: UInt64) -> Int {
    later > earlier ? Int(min(later - earlier, 1 << 40)) : 0
  }
}
