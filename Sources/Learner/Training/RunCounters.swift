import Runtime
import Tensor

/// What a run has done since it began, all resumed sessions together. Saved with every checkpoint.
///
/// At all times `playedSteps == trainedSteps + discardedSteps + steps in the rollout queue`, where answers that wait for their
/// labels count as queued.
public struct RunCounters: Sendable, Equatable, Codable {
  /// Environment steps that workers have played and the learner has received.
  public var playedSteps = 0
  /// Environment steps that were trained on. `run.steps` and checkpoints count these.
  public var trainedSteps = 0
  /// Steps discarded because their policy was too old.
  public var discardedStale = 0
  /// Steps discarded because the rollout queue was full.
  public var discardedOverflow = 0
  /// Steps that were in the rollout queue when an earlier session ended.
  public var discardedByRestart = 0
  /// Steps of unrolls that lead to numbers that are not finite.
  public var discardedNotFinite = 0
  /// Answers of a text policy whose labels did not come in time.
  public var discardedUnlabelled = 0
  /// Version of the newest policy: the number of applied updates.
  public var policyVersion: UInt64 = 0
  /// Updates that were skipped because a tensor was not finite.
  public var skippedUpdates = 0
  /// Episodes that ended.
  public var episodes = 0
  /// State of the SplitMix64 stream that workers' seeds are drawn from, so that a resumed run does not replay episodes.
  public private(set) var seedStream: UInt64

  /// Names in a checkpoint, as the first version wrote them.
  private enum CodingKeys: String, CodingKey {
    case playedSteps = "received"
    case trainedSteps = "frames"
    case policyVersion = "updates"
    case discardedStale, discardedOverflow, discardedByRestart, discardedNotFinite, discardedUnlabelled
    case skippedUpdates, episodes, seedStream
  }

  public init(seed: UInt64) { seedStream = seed }

  /// Steps that were received and will never be trained on.
  public var discardedSteps: Int {
    discardedStale + discardedOverflow + discardedByRestart + discardedNotFinite + discardedUnlabelled
  }

  /// The next worker's seed.
  public mutating func drawSeed() -> UInt64 {
    var stream = SplitMix64(seed: seedStream)
    defer { seedStream = stream.state }
    return stream.next()
  }

  /// Draws other seeds from now on, so that the workers of the run's learners play different episodes.
  mutating func separateSeeds(rank: Int) {
    var stream = SplitMix64(seed: seedStream ^ UInt64(clamping: rank) &* 0x9E37_79B9_7F4A_7C15)
    seedStream = stream.next()
  }

  /// Counts the steps as discarded that were in the queue when these counters were saved. To be called on counters from
  /// a checkpoint.
  public mutating func resume() { discardedByRestart += max(0, playedSteps - trainedSteps - discardedSteps) }
}

// MARK: - Checkpoints

extension RunCounters {
  /// - Throws: `DecodingError` naming a counter that no run can have: counting on from it would overflow.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(seed: try values.decode(UInt64.self, forKey: .seedStream))
    func count(_ key: CodingKeys) throws -> Int {
      let count = try values.decode(Int.self, forKey: key)
      guard plausibleCount.contains(count) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "\(key.stringValue) is \(count)")
      }
      return count
    }
    (playedSteps, trainedSteps) = (try count(.playedSteps), try count(.trainedSteps))
    (discardedStale, discardedOverflow) = (try count(.discardedStale), try count(.discardedOverflow))
    discardedByRestart = try count(.discardedByRestart)
    // Earlier versions trained on such steps, or not at all.
    if values.contains(.discardedNotFinite) { discardedNotFinite = try count(.discardedNotFinite) }
    if values.contains(.discardedUnlabelled) { discardedUnlabelled = try count(.discardedUnlabelled) }
    (skippedUpdates, episodes) = (try count(.skippedUpdates), try count(.episodes))
    policyVersion = UInt64(try count(.policyVersion))  // not negative
  }

  /// Without `discardedNotFinite` and `discardedUnlabelled` where they are 0, as earlier versions wrote.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    for (key, count) in [
      (CodingKeys.playedSteps, playedSteps), (.trainedSteps, trainedSteps), (.discardedStale, discardedStale),
      (.discardedOverflow, discardedOverflow), (.discardedByRestart, discardedByRestart),
      (.skippedUpdates, skippedUpdates), (.episodes, episodes),
    ] {
      try values.encode(count, forKey: key)
    }
    if discardedNotFinite > 0 { try values.encode(discardedNotFinite, forKey: .discardedNotFinite) }
    if discardedUnlabelled > 0 { try values.encode(discardedUnlabelled, forKey: .discardedUnlabelled) }
    try values.encode(policyVersion, forKey: .policyVersion)
    try values.encode(seedStream, forKey: .seedStream)
  }
}
