/// What a run has done since it began, restarts included. Saved with every checkpoint.
public struct RunCounters: Sendable, Equatable, Codable {
  /// Environment steps trained on.
  public var frames = 0
  /// Updates of the policy; also its version.
  public var updates: UInt64 = 0
  public var episodes = 0
  /// Frames received but not trained on, by reason.
  public var discardedStale = 0
  public var discardedOverflow = 0
  public var discardedByRestart = 0
  /// Updates skipped because their gradient was not finite.
  public var skippedUpdates = 0
  /// Frames received since the run began.
  public var received = 0
  /// State of the SplitMix64 stream that workers' seeds are drawn from, so that a resumed run does not replay episodes.
  public var seedStream: UInt64

  public init(seed: UInt64) { seedStream = seed }

  public var discarded: Int { discardedStale + discardedOverflow + discardedByRestart }

  /// To be called on counters from a checkpoint: what waited to be trained on when it was made is gone.
  public mutating func resume() { discardedByRestart += max(0, received - frames - discarded) }
}
