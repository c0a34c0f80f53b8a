import Statistics

/// What of one transform survives a restart.
public enum RewardTransformState: Sendable, Hashable, Codable {
  case moments(RunningMoments)
  /// The latest scores, oldest first.
  case scores([Float])
  /// Texts of captions.
  case references([[UInt8]])
  /// Figures of the latest episodes that were won and lost, oldest first.
  case outcomes(won: [Float], lost: [Float])
  /// Moments of scores, and of the outcome of episodes.
  case calibration(scores: RunningMoments, outcomes: RunningMoments)
  /// How all episodes ended, and those that met a caption, by the digest of its text.
  case information(episodes: EpisodeOutcomes, captions: [UInt64: EpisodeOutcomes])
}

/// What of a reward chain survives a restart, by the names of its transforms.
public struct RewardChainState: Sendable, Hashable, Codable {
  public var transforms: [String: RewardTransformState] = [:]

  public init() {}

  public var isEmpty: Bool { transforms.isEmpty }
}
