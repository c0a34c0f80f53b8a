/// What a task pays for.
public enum NetHackRewardRule: Sendable, Hashable {
  /// The gain in the game's own score.
  case score
  /// The gain in gold carried.
  case gold
  /// Growth of nutrition; hunger costs nothing.
  case eating
  /// Squares seen for the first time, counted for each level.
  case exploration
  /// This much on success, nothing else.
  case success(Double)
}
