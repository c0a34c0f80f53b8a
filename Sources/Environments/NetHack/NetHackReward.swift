/// Computes the reward of a step, with the memory a rule needs. All of it is NLE's arithmetic.
struct NetHackReward {
  /// Values of a state that are compared with the next.
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

  /// NetHack has 8 dungeons of at most 53 levels; numbers beyond share the last place.
  private static let dungeons = 16
  private static let levels = 64

  let rule: NetHackRewardRule
  /// Added on a step in which the game's clock stood still.
  let frozenPenalty: Double
  /// Squares seen so far on each level; empty unless the rule is exploration.
  private var seen: [Int32]

  init(rule: NetHackRewardRule, frozenPenalty: Double) {
    self.rule = rule
    self.frozenPenalty = frozenPenalty
    seen = rule == .exploration ? Array(repeating: 0, count: Self.dungeons * Self.levels) : []
  }

  /// A new episode: nothing has been explored.
  mutating func reset() {
    for index in seen.indices { seen[index] = 0 }
  }

  /// The reward of the step from `before` to the state in `buffers`.
  mutating func step(from before: Before, to buffers: NetHackBuffers, succeeded: Bool) -> Double {
    let penalty = buffers.time == before.time ? frozenPenalty : 0
    // The status is all zero on the screens after a game's end: only then do differences mean nothing.
    let inGame = buffers.inNormalGame
    switch rule {
    case .score: return (inGame ? Double(buffers.score - before.score) : 0) + penalty
    case .gold: return inGame ? Double(buffers.gold - before.gold) + penalty : 0
    case .eating: return inGame ? Double(max(0, buffers.nutrition - before.nutrition)) + penalty : 0
    case .exploration: return inGame ? Double(explore(buffers)) + penalty : 0
    case .success(let value): return (succeeded ? value : 0) + penalty
    }
  }

  private mutating func explore(_ buffers: NetHackBuffers) -> Int32 {
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
