/// Episodes by how they ended.
public struct EpisodeOutcomes: Sendable, Hashable, Codable {
  public var won = 0.0
  /// Won or lost.
  public var count = 0.0

  mutating func add(_ hasWon: Bool) {
    won += hasWon ? 1 : 0
    count += 1
  }
}
