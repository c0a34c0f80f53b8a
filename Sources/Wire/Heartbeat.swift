import CWire

/// A peer is alive; sent once an interval whatever else it sends. Counters are those of the session.
public struct Heartbeat: Sendable, Hashable {
  /// Counts the session's heartbeats, from 1.
  public var counter: UInt64
  /// Environment steps.
  public var steps: UInt64
  /// Environment steps per second (SPS).
  public var stepsPerSecond: Double
  public var discardedTrajectories: UInt64
  public var environmentErrors: UInt64
  /// Distinct ones in the worker's table.
  public var captions: UInt32
  public var times: RolloutTimes

  public init(
    counter: UInt64, steps: UInt64 = 0, stepsPerSecond: Double = 0, discardedTrajectories: UInt64 = 0,
    environmentErrors: UInt64 = 0, captions: UInt32 = 0, times: RolloutTimes = RolloutTimes()
  ) {
    self.counter = counter
    self.steps = steps
    self.stepsPerSecond = stepsPerSecond
    self.discardedTrajectories = discardedTrajectories
    self.environmentErrors = environmentErrors
    self.captions = captions
    self.times = times
  }
}

extension Heartbeat: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.notNegative(stepsPerSecond, "heartbeat.steps_per_second")
    try Check.notNegative(times.environment, "heartbeat.environment_seconds")
    try Check.notNegative(times.inference, "heartbeat.inference_seconds")
    try Check.notNegative(times.other, "heartbeat.other_seconds")
    try Check.notNegative(times.wait, "heartbeat.wait_seconds")
  }

  func pack(_ arena: PackArena) -> Tengu__Heartbeat {
    var packed = Tengu__Heartbeat()
    tengu__heartbeat__init(&packed)
    packed.counter = counter
    packed.steps = steps
    packed.steps_per_second = stepsPerSecond
    packed.discarded_trajectories = discardedTrajectories
    packed.environment_errors = environmentErrors
    packed.captions = captions
    packed.environment_seconds = times.environment
    packed.inference_seconds = times.inference
    packed.other_seconds = times.other
    packed.wait_seconds = times.wait
    return packed
  }

  init(_ packed: Tengu__Heartbeat) throws(WireError) {
    var times = RolloutTimes()
    times.environment = packed.environment_seconds
    times.inference = packed.inference_seconds
    times.other = packed.other_seconds
    times.wait = packed.wait_seconds
    self.init(
      counter: packed.counter,
      steps: packed.steps,
      stepsPerSecond: packed.steps_per_second,
      discardedTrajectories: packed.discarded_trajectories,
      environmentErrors: packed.environment_errors,
      captions: packed.captions,
      times: times)
  }
}

/// The learner is alive too.
public struct HeartbeatReply: Sendable, Hashable {
  /// The newest.
  public var policyVersion: UInt64

  public init(policyVersion: UInt64) { self.policyVersion = policyVersion }
}

extension HeartbeatReply: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__HeartbeatReply {
    var packed = Tengu__HeartbeatReply()
    tengu__heartbeat_reply__init(&packed)
    packed.policy_version = policyVersion
    return packed
  }

  init(_ packed: Tengu__HeartbeatReply) throws(WireError) { self.init(policyVersion: packed.policy_version) }
}
