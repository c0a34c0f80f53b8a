import Wire

/// The counters that a worker reports with each heartbeat.
struct WorkerStatistics {
  private(set) var steps: UInt64 = 0
  var discardedTrajectories: UInt64 = 0
  var environmentErrors: UInt64 = 0
  private(set) var times = RolloutTimes()
  /// Seconds that a rollout thread took for the latest unroll; 0 before the first.
  private(set) var unrollSeconds = 0.0
  private var lastReport: (time: Double, steps: UInt64)?

  mutating func collected(_ frames: Int, _ spent: RolloutTimes, now: Double) {
    steps += UInt64(frames)
    times += spent
    unrollSeconds = spent.total - spent.wait
    if lastReport == nil { lastReport = (now, steps) }
  }

  /// The I/O thread spent time on trajectories.
  mutating func sent(_ spent: RolloutTimes) { times += spent }

  /// The next heartbeat, with the rate since the previous one.
  mutating func heartbeat(now: Double, captions: Int) -> Heartbeat {
    var rate = 0.0
    if let last = lastReport, now > last.time { rate = Double(steps - last.steps) / (now - last.time) }
    if lastReport != nil { lastReport = (now, steps) }
    return Heartbeat(
      steps: steps, stepsPerSecond: rate, discardedTrajectories: discardedTrajectories,
      environmentErrors: environmentErrors, captions: UInt32(captions), times: times)
  }
}
