import CWire
import Trajectories

/// An episode that ended in an unroll.
public struct FinishedEpisode: Sendable, Hashable {
  /// Sum of the extrinsic rewards, undiscounted.
  public var episodeReturn: Float
  /// In steps.
  public var length: UInt32
  public var succeeded: Bool
  /// The `PlanEntry.number` that it was of; 0 if no plan asked for it.
  public var entry: UInt64

  public init(episodeReturn: Float, length: UInt32, succeeded: Bool, entry: UInt64 = 0) {
    self.episodeReturn = episodeReturn
    self.length = length
    self.succeeded = succeeded
    self.entry = entry
  }
}

/// One unroll of a group of E environments over T steps. Its tensors are those of the codec's `StepSchema`. Decoding checks
/// their shapes against `unrollLength` and `environments`; the receiver checks what depends on its run: the bytes of a
/// row, the value heads, the size of the state, and that caption ids are below `firstCaption + captions.count`.
public struct Trajectory: Sendable, Hashable {
  /// Counts the session's trajectories, from 1.
  public var sequence: UInt64
  public var group: UInt32
  /// Version of the behaviour policy at the first step.
  public var policyVersion: UInt64
  /// Version of the behaviour policy at the last step.
  public var lastPolicyVersion: UInt64
  /// T.
  public var unrollLength: Int
  /// E.
  public var environments: Int
  /// The local id of `captions[0]`.
  public var firstCaption: UInt32
  /// Texts that this trajectory is the first to use; none is empty.
  public var captions: [[UInt8]]
  public var episodes: [FinishedEpisode]
  /// What those episodes report about themselves.
  public var facts: FactSums
  /// The unit of a text run that was written; 0 for one of the worker's own, and in other runs.
  public var unit: UInt64

  /// - Parameter lastPolicyVersion: nil if one policy acted in all steps.
  public init(
    sequence: UInt64, group: UInt32, policyVersion: UInt64, lastPolicyVersion: UInt64? = nil, unrollLength: Int,
    environments: Int, firstCaption: UInt32 = 1, captions: [[UInt8]] = [], episodes: [FinishedEpisode] = [],
    facts: FactSums = FactSums(), unit: UInt64 = 0
  ) {
    self.sequence = sequence
    self.group = group
    self.policyVersion = policyVersion
    self.lastPolicyVersion = lastPolicyVersion ?? policyVersion
    self.unrollLength = unrollLength
    self.environments = environments
    self.firstCaption = firstCaption
    self.captions = captions
    self.episodes = episodes
    self.facts = facts
    self.unit = unit
  }
}

extension Trajectory: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.within(0...lastPolicyVersion, policyVersion, "trajectory.policy_version")
    try Check.positive(unrollLength, "trajectory.unroll_length")
    try Check.atMost(limits.maximumUnrollSteps, unrollLength, "trajectory.unroll_length")
    try Check.positive(environments, "trajectory.environments")
    try Check.atMost(limits.maximumEnvironmentsPerGroup, environments, "trajectory.environments")
    try Check.atMost(limits.maximumCaptionsPerMessage, captions.count, "trajectory.captions")
    try Check.captions(captions, limits, "trajectory.captions")
    // Id 0 is the empty caption. The last id must be one.
    try Check.positive(Int(clamping: firstCaption), "trajectory.first_caption")
    try Check.atMost(Int(clamping: Int32.max), Int(clamping: firstCaption) + captions.count, "trajectory.first_caption")
    try Check.atMost(limits.maximumEpisodesPerMessage, episodes.count, "trajectory.episode_returns")
    // At most one episode of each environment ends in a step.
    try Check.atMost(unrollLength * environments, episodes.count, "trajectory.episode_returns")
    for (index, episode) in episodes.enumerated() {
      try Check.within(WireLimits.episodeSteps, episode.length, "trajectory.episode_lengths[\(index)]")
      let limit = StepValues.maximumMagnitude * Float(episode.length)
      try Check.within(-limit...limit, episode.episodeReturn, "trajectory.episode_returns[\(index)]")
    }
    try facts.check(episodes: episodes.count)
  }

  func pack(_ arena: PackArena) -> Tengu__Trajectory {
    var packed = Tengu__Trajectory()
    tengu__trajectory__init(&packed)
    packed.sequence = sequence
    packed.group = group
    packed.policy_version = policyVersion
    packed.last_policy_version = lastPolicyVersion
    packed.unroll_length = UInt32(clamping: unrollLength)
    packed.environments = UInt32(clamping: environments)
    packed.first_caption = firstCaption
    packed.n_captions = captions.count
    packed.captions = arena.list(captions)
    packed.n_episode_returns = episodes.count
    packed.episode_returns = arena.array(episodes.map(\.episodeReturn))
    packed.n_episode_lengths = episodes.count
    packed.episode_lengths = arena.array(episodes.map(\.length))
    packed.n_episode_successes = episodes.count
    packed.episode_successes = arena.array(episodes.map { $0.succeeded ? 1 : 0 })
    packed.n_facts = facts.entries.count
    packed.facts = facts.pack(arena)
    if episodes.contains(where: { $0.entry != 0 }) {
      packed.n_episode_entries = episodes.count
      packed.episode_entries = arena.array(episodes.map(\.entry))
    }
    packed.unit = unit
    return packed
  }

  init(_ packed: Tengu__Trajectory) throws(WireError) {
    let count = packed.n_episode_returns
    try Check.sameCount(packed.n_episode_lengths, as: count, "trajectory.episode_lengths", "episode_returns")
    try Check.sameCount(packed.n_episode_successes, as: count, "trajectory.episode_successes", "episode_returns")
    let hasEntries = packed.n_episode_entries > 0
    if hasEntries {
      try Check.sameCount(packed.n_episode_entries, as: count, "trajectory.episode_entries", "episode_returns")
    }
    self.init(
      sequence: packed.sequence,
      group: packed.group,
      policyVersion: packed.policy_version,
      lastPolicyVersion: packed.last_policy_version,
      unrollLength: Int(clamping: packed.unroll_length),
      environments: Int(clamping: packed.environments),
      firstCaption: packed.first_caption,
      captions: Unpack.array(packed.captions, packed.n_captions).map(Unpack.bytes),
      episodes: (0..<count).map {
        FinishedEpisode(
          episodeReturn: packed.episode_returns[$0], length: packed.episode_lengths[$0],
          succeeded: packed.episode_successes[$0] != 0, entry: hasEntries ? packed.episode_entries[$0] : 0)
      },
      facts: try FactSums(packed.facts, count: packed.n_facts), unit: packed.unit)
  }
}

/// The learner gives a worker credits, and names the newest policy.
public struct Acknowledgement: Sendable, Hashable {
  /// Sequence number of the last trajectory that has arrived.
  public var sequence: UInt64
  /// Trajectories the worker may send in addition.
  public var credits: UInt32
  /// The newest policy version.
  public var policyVersion: UInt64
  /// The newest plan's version; 0 = the run has no plan.
  public var planVersion: UInt64
  /// The units of a text run that the credits are for; empty in other runs.
  public var units: [UInt64]

  public init(
    sequence: UInt64, credits: UInt32, policyVersion: UInt64, planVersion: UInt64 = 0, units: [UInt64] = []
  ) {
    self.sequence = sequence
    self.credits = credits
    self.policyVersion = policyVersion
    self.planVersion = planVersion
    self.units = units
  }
}

extension Acknowledgement: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    guard !units.isEmpty else { return }
    try Check.atMost(limits.maximumUnitsPerMessage, units.count, "acknowledgement.units")
    try Check.sameCount(units.count, as: Int(clamping: credits), "acknowledgement.units", "credits")
    for unit in units { try Check.notZero(unit, "acknowledgement.units") }
  }

  func pack(_ arena: PackArena) -> Tengu__Acknowledgement {
    var packed = Tengu__Acknowledgement()
    tengu__acknowledgement__init(&packed)
    packed.sequence = sequence
    packed.credits = credits
    packed.policy_version = policyVersion
    packed.plan_version = planVersion
    packed.n_units = units.count
    packed.units = arena.array(units)
    return packed
  }

  init(_ packed: Tengu__Acknowledgement) throws(WireError) {
    self.init(
      sequence: packed.sequence, credits: packed.credits, policyVersion: packed.policy_version,
      planVersion: packed.plan_version, units: Unpack.array(packed.units, packed.n_units))
  }
}

/// Bytes that trajectories took on the wire.
public struct TrajectoryTraffic: Sendable, Hashable {
  /// Environment steps.
  public private(set) var frames = 0
  /// Bytes of the messages, as they travelled.
  public private(set) var bytes = 0
  /// Bytes of the same messages without compression.
  public private(set) var plainBytes = 0

  public init() {}

  /// Adds a trajectory of `frames` environment steps.
  /// - Parameter headerBytes: bytes of the envelope, if known.
  public mutating func add(frames: Int, headerBytes: Int = 0, _ tensors: [TensorFrame]) {
    self.frames += frames
    bytes += headerBytes + tensors.reduce(0) { $0 + $1.frame.count }
    plainBytes += headerBytes + tensors.reduce(0) { $0 + $1.byteCount }
  }

  /// Bytes per environment step; nil before the first trajectory, like the following values.
  public var bytesPerFrame: Double? { frames > 0 ? Double(bytes) / Double(frames) : nil }

  /// Plain bytes divided by bytes; 1 without compression.
  public var compressionRatio: Double? { bytes > 0 ? Double(plainBytes) / Double(bytes) : nil }

  /// For a person: "1024 frames at 63.2 bytes, 9.4 times compressed".
  public var summary: String? {
    guard let bytesPerFrame, let compressionRatio else { return nil }
    return "\(frames) frames at \(Self.tenths(bytesPerFrame)) bytes, \(Self.tenths(compressionRatio)) times compressed"
  }

  private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  /// The traffic since `earlier`.
  public func since(_ earlier: TrajectoryTraffic) -> TrajectoryTraffic {
    var difference = self
    difference.frames -= earlier.frames
    difference.bytes -= earlier.bytes
    difference.plainBytes -= earlier.plainBytes
    return difference
  }
}
