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

  let rule: NetHackRewardRule
  /// Added on a step in which the game's clock stood still.
  let frozenPenalty: Double
  /// nil unless the rule is exploration.
  private var exploration: NetHackExploration?

  init(rule: NetHackRewardRule, frozenPenalty: Double) {
    self.rule = rule
    self.frozenPenalty = frozenPenalty
    exploration = rule == .exploration ? NetHackExploration() : nil
  }

  /// A new episode: nothing has been explored.
  mutating func reset() { exploration?.reset() }

  /// The reward of the step from `before` to the state in `buffers`.
  mutating func step(from before: Before, to buffers: NetHackBuffers, succeeded: Bool) -> Double {
    let penalty = buffers.time == before.time ? frozenPenalty : 0
    // The status is all zero on the screens after a game's end: only then do differences mean nothing.
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
