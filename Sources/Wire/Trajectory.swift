import CWire

/// An episode that ended in an unroll.
public struct FinishedEpisode: Sendable, Hashable {
  /// Sum of the extrinsic rewards, undiscounted.
  public var episodeReturn: Float
  /// In steps.
  public var length: UInt32
  public var succeeded: Bool

  public init(episodeReturn: Float, length: UInt32, succeeded: Bool) {
    self.episodeReturn = episodeReturn
    self.length = length
    self.succeeded = succeeded
  }
}

/// One unroll of a group of E environments over T steps. Its tensors are the first ten of `TensorName`, in that order,
/// with the shapes of proto/tengu.proto; decoding checks them against `unrollLength` and `environments`, and leaves to
/// the receiver what only its network knows: the bytes of a row, the value heads, the state's size, and that caption ids
/// are below `firstCaption + captions.count`.
public struct Trajectory: Sendable, Hashable {
  /// Counts the session's trajectories, from 1.
  public var sequence: UInt64
  public var group: UInt32
  /// Of the behaviour policy.
  public var policyVersion: UInt64
  /// T.
  public var unrollLength: Int
  /// E.
  public var environments: Int
  /// The local id of `captions[0]`.
  public var firstCaption: UInt32
  /// Texts that this trajectory is the first to use; never empty ones.
  public var captions: [[UInt8]]
  public var episodes: [FinishedEpisode]

  public init(
    sequence: UInt64, group: UInt32, policyVersion: UInt64, unrollLength: Int, environments: Int,
    firstCaption: UInt32 = 1, captions: [[UInt8]] = [], episodes: [FinishedEpisode] = []
  ) {
    self.sequence = sequence
    self.group = group
    self.policyVersion = policyVersion
    self.unrollLength = unrollLength
    self.environments = environments
    self.firstCaption = firstCaption
    self.captions = captions
    self.episodes = episodes
  }
}

extension Trajectory: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.positive(unrollLength, "trajectory.unroll_length")
    try Check.atMost(limits.maximumUnrollSteps, unrollLength, "trajectory.unroll_length")
    try Check.positive(environments, "trajectory.environments")
    try Check.atMost(limits.maximumEnvironmentsPerGroup, environments, "trajectory.environments")
    try Check.atMost(limits.maximumCaptionsPerMessage, captions.count, "trajectory.captions")
    try Check.captions(captions, limits, "trajectory.captions")
    // Id 0 is the empty caption. The last id must be one.
    try Check.positive(Int(firstCaption), "trajectory.first_caption")
    try Check.atMost(Int(Int32.max), Int(firstCaption) + captions.count, "trajectory.first_caption")
    try Check.atMost(limits.maximumEpisodesPerMessage, episodes.count, "trajectory.episode_returns")
    for (index, episode) in episodes.enumerated() {
      try Check.finite(Double(episode.episodeReturn), "trajectory.episode_returns[\(index)]")
    }
  }

  func pack(_ arena: PackArena) -> Tengu__Trajectory {
    var packed = Tengu__Trajectory()
    tengu__trajectory__init(&packed)
    packed.sequence = sequence
    packed.group = group
    packed.policy_version = policyVersion
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
    return packed
  }

  init(_ packed: Tengu__Trajectory) throws(WireError) {
    let count = packed.n_episode_returns
    try Check.sameCount(packed.n_episode_lengths, as: count, "trajectory.episode_lengths", "episode_returns")
    try Check.sameCount(packed.n_episode_successes, as: count, "trajectory.episode_successes", "episode_returns")
    self.init(
      sequence: packed.sequence,
      group: packed.group,
      policyVersion: packed.policy_version,
      unrollLength: Int(packed.unroll_length),
      environments: Int(packed.environments),
      firstCaption: packed.first_caption,
      captions: Unpack.array(packed.captions, packed.n_captions).map(Unpack.bytes),
      episodes: (0..<count).map {
        FinishedEpisode(
          episodeReturn: packed.episode_returns[$0], length: packed.episode_lengths[$0],
          succeeded: packed.episode_successes[$0] != 0)
      })
  }
}
