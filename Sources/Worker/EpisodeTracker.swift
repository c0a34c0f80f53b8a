import Wire

/// What one environment's current episode has accumulated: its return, its length, and how often each caption was seen.
struct EpisodeTracker {
  private(set) var extrinsicReturn: Float = 0
  private(set) var length = 0
  private var counts: [UInt32: UInt16] = [:]

  /// Adds one step's reward.
  mutating func add(reward: Float) {
    extrinsicReturn += reward
    length += 1
  }

  /// Counts `caption` and returns its occurrences in this episode, this one included; 0 for no caption.
  /// The count saturates, where N^-beta has long vanished.
  mutating func count(_ caption: UInt32) -> UInt16 {
    guard caption != 0 else { return 0 }
    let seen = counts[caption, default: 0]
    let now = seen == .max ? seen : seen + 1
    counts[caption] = now
    return now
  }

  /// Ends the episode: returns its summary and starts counting anew.
  mutating func finish(succeeded: Bool) -> FinishedEpisode {
    defer {
      extrinsicReturn = 0
      length = 0
      counts.removeAll(keepingCapacity: true)
    }
    return FinishedEpisode(episodeReturn: extrinsicReturn, length: UInt32(length), succeeded: succeeded)
  }
}
