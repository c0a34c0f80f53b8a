/// The rule by which a task pays rewards.
public enum NetHackRewardRule: Sendable, Hashable {
  /// The gain in the game's own score.
  case score
  /// The gain in gold carried.
  case gold
  /// The increase of nutrition; hunger costs nothing.
  case eating
  /// The number of squares seen for the first time, counted per level.
  case exploration
  /// This amount on success and nothing else.
  case success(Double)
}

/// Computes the reward of a step, with the memory that its rule needs. The arithmetic is NLE's.
struct NetHackReward {
  /// Values of a state for the comparison with the next one.
  struct Before {
    let score: Int64
    let gold: Int64
    let time: Int64
    let nutrition: Int32

    init(_ buffers: NetHackBuffers) {
      score = buffers.score
      gold = buffers.gold
      time = buffers.time
      nutrition = buffers.nutrition
    }
  }

  let rule: NetHackRewardRule
  /// Added on a step in which the game's clock did not advance.
  let frozenPenalty: Double
  /// nil unless the rule is exploration.
  private var exploration: NetHackExploration?

  init(rule: NetHackRewardRule, frozenPenalty: Double) {
    self.rule = rule
    self.frozenPenalty = frozenPenalty
    exploration = rule == .exploration ? NetHackExploration() : nil
  }

  /// Starts an episode.
  mutating func reset() { exploration?.reset() }

  /// The reward of the step from `before` to the state in `buffers`.
  mutating func step(from before: Before, to buffers: NetHackBuffers, succeeded: Bool) -> Double {
    let penalty = buffers.time == before.time ? frozenPenalty : 0
    // On the screens after the end of a game the status is all zero, and differences mean nothing.
    let inGame = buffers.inNormalGame
    switch rule {
    case .score: return (inGame ? Double(buffers.score - before.score) : 0) + penalty
    case .gold: return inGame ? Double(buffers.gold - before.gold) + penalty : 0
    case .eating: return inGame ? Double(max(0, buffers.nutrition - before.nutrition)) + penalty : 0
    case .exploration: return inGame ? Double(exploration?.gain(buffers) ?? 0) + penalty : 0
    case .success(let value): return (succeeded ? value : 0) + penalty
    }
  }
}

/// Counts the squares seen on each level, as NLE's scout task does.
struct NetHackExploration {
  /// NetHack has 8 dungeons of at most 53 levels; larger numbers share the last place.
  private static let dungeons = 16
  private static let levels = 64

  /// Number of squares seen so far on each level.
  private var seen: [Int32] = Array(repeating: 0, count: Self.dungeons * Self.levels)

  /// Starts an episode: no square has been seen.
  mutating func reset() {
    for index in seen.indices { seen[index] = 0 }
  }

  /// Number of squares on this level that were not seen before; negative if the hero forgot some. 0 without glyphs.
  mutating func gain(_ buffers: NetHackBuffers) -> Int32 {
    guard let glyphs = buffers.glyphs else { return 0 }
    var count: Int32 = 0
    for square in 0..<NetHackMap.squares where glyphs[square] != NetHackGlyph.unexplored { count += 1 }
    let dungeon = min(max(buffers.dungeon, 0), Self.dungeons - 1)
    let level = min(max(buffers.level, 0), Self.levels - 1)
    let place = dungeon * Self.levels + level
    defer { seen[place] = count }
    return count - seen[place]
  }
}
