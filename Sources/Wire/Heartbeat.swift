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

  public init(
    counter: UInt64, steps: UInt64 = 0, stepsPerSecond: Double = 0, discardedTrajectories: UInt64 = 0,
    environmentErrors: UInt64 = 0, captions: UInt32 = 0
  ) {
    self.counter = counter
    self.steps = steps
    self.stepsPerSecond = stepsPerSecond
    self.discardedTrajectories = discardedTrajectories
    self.environmentErrors = environmentErrors
    self.captions = captions
  }
}

extension Heartbeat: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.notNegative(stepsPerSecond, "heartbeat.steps_per_second")
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
    return packed
  }

  init(_ packed: Tengu__Heartbeat) throws(WireError) {
    self.init(
      counter: packed.counter,
      steps: packed.steps,
      stepsPerSecond: packed.steps_per_second,
      discardedTrajectories: packed.discarded_trajectories,
      environmentErrors: packed.environment_errors,
      captions: packed.captions)
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
