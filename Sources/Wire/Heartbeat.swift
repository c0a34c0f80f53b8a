import CWire

/// A peer is alive. It sends one every interval, whatever else it sends. Counters cover the life of its process.
public struct Heartbeat: Sendable, Hashable {
  /// Environment steps of a worker; judged captions of an annotator.
  public var steps: UInt64
  /// Environment steps per second (SPS).
  public var stepsPerSecond: Double
  /// Trajectories that were played but not sent.
  public var discardedTrajectories: UInt64
  /// Environments that failed and were replaced.
  public var environmentErrors: UInt64
  /// Distinct captions in the worker's table.
  public var captions: UInt32
  /// Rollout threads now; 0 = as many as Hello said. A relay's threads are those of its workers, which come and go.
  public var threads: UInt32
  public var times: RolloutTimes

  public init(
    steps: UInt64 = 0, stepsPerSecond: Double = 0, discardedTrajectories: UInt64 = 0,
    environmentErrors: UInt64 = 0, captions: UInt32 = 0, threads: UInt32 = 0, times: RolloutTimes = RolloutTimes()
  ) {
    self.steps = steps
    self.stepsPerSecond = stepsPerSecond
    self.discardedTrajectories = discardedTrajectories
    self.environmentErrors = environmentErrors
    self.captions = captions
    self.threads = threads
    self.times = times
  }
}

extension Heartbeat: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.within(WireLimits.counters, steps, "heartbeat.steps")
    try Check.within(WireLimits.counters, discardedTrajectories, "heartbeat.discarded_trajectories")
    try Check.within(WireLimits.counters, environmentErrors, "heartbeat.environment_errors")
    try Check.atMost(WireLimits.maximumCaptionsPerSession, Int(clamping: captions), "heartbeat.captions")
    try Check.atMost(limits.maximumThreads, Int(clamping: threads), "heartbeat.threads")
    try Check.within(WireLimits.measures, stepsPerSecond, "heartbeat.steps_per_second")
    try Check.within(WireLimits.measures, times.environment, "heartbeat.environment_seconds")
    try Check.within(WireLimits.measures, times.inference, "heartbeat.inference_seconds")
    try Check.within(WireLimits.measures, times.other, "heartbeat.other_seconds")
    try Check.within(WireLimits.measures, times.wait, "heartbeat.wait_seconds")
    try Check.within(WireLimits.measures, times.pack, "heartbeat.pack_seconds")
    try Check.within(WireLimits.measures, times.send, "heartbeat.send_seconds")
  }

  func pack(_ arena: PackArena) -> Tengu__Heartbeat {
    var packed = Tengu__Heartbeat()
    tengu__heartbeat__init(&packed)
    packed.steps = steps
    packed.steps_per_second = stepsPerSecond
    packed.discarded_trajectories = discardedTrajectories
    packed.environment_errors = environmentErrors
    packed.captions = captions
    packed.threads = threads
    packed.environment_seconds = times.environment
    packed.inference_seconds = times.inference
    packed.other_seconds = times.other
    packed.wait_seconds = times.wait
    packed.pack_seconds = times.pack
    packed.send_seconds = times.send
    return packed
  }

  init(_ packed: Tengu__Heartbeat) throws(WireError) {
    var times = RolloutTimes()
    times.environment = packed.environment_seconds
    times.inference = packed.inference_seconds
    times.other = packed.other_seconds
    times.wait = packed.wait_seconds
    times.pack = packed.pack_seconds
    times.send = packed.send_seconds
    self.init(
      steps: packed.steps,
      stepsPerSecond: packed.steps_per_second,
      discardedTrajectories: packed.discarded_trajectories,
      environmentErrors: packed.environment_errors,
      captions: packed.captions,
      threads: packed.threads,
      times: times)
  }
}

/// The learner answers every heartbeat.
public struct HeartbeatReply: Sendable, Hashable {
  /// The newest policy version.
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

/// Seconds that a worker's threads have spent, summed over the threads.
public struct RolloutTimes: Sendable, Hashable, Codable {
  /// Rollout threads: stepping environments, their observations, captions and rewards included.
  public var environment = 0.0
  /// Rollout threads: computing the policy network and sampling actions.
  public var inference = 0.0
  /// Rollout threads: the rest of an unroll, such as copying what continues from the previous one.
  public var other = 0.0
  /// Rollout threads: waiting for credit.
  public var wait = 0.0
  /// The I/O thread: collecting the texts of new captions, packing and compressing trajectories.
  public var pack = 0.0
  /// The I/O thread: handing trajectories to the socket.
  public var send = 0.0

  public init() {}

  public var total: Double { environment + inference + other + wait + pack + send }

  public static func += (sum: inout RolloutTimes, more: RolloutTimes) {
    sum.environment += more.environment
    sum.inference += more.inference
    sum.other += more.other
    sum.wait += more.wait
    sum.pack += more.pack
    sum.send += more.send
  }

  public static func - (later: RolloutTimes, earlier: RolloutTimes) -> RolloutTimes {
    var difference = later
    difference.environment -= earlier.environment
    difference.inference -= earlier.inference
    difference.other -= earlier.other
    difference.wait -= earlier.wait
    difference.pack -= earlier.pack
    difference.send -= earlier.send
    return difference
  }
}
