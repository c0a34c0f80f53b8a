import CNetHack
import Environments

/// What a game can pay for. Each channel is a number of the step; the reward is the weighted sum.
enum NetHackChannel: String, CaseIterable, Sendable {
  /// Points of the game's own score.
  case score
  /// Experience points.
  case experience
  /// Experience levels.
  case level
  /// Levels of the dungeon deeper than ever before in the game.
  case depth
  /// Squares seen for the first time.
  case scouting
  /// The change of the share of hit points that the hero has left, from -1 to 1.
  case health
  /// Gold pieces more than ever before.
  case gold
  /// Kinds of things that became identified.
  case identified
  /// 1 in the step in which the hero dies.
  case death
  /// 1 in a step in which no time passed.
  case idle
}

/// The weights of the channels, from a text such as "depth 1, experience 0.05".
struct NetHackRewardWeights: Sendable, Hashable {
  /// One weight for each channel, in the order of `NetHackChannel.allCases`.
  let weights: [Double]

  /// Bound on the reward of a step.
  static let bound = 100.0

  /// A mixture after a published recipe for depth: what a hero must do often (fight, look around) pays little, a new level
  /// pays 1, and death costs little, so that the agent goes down.
  static let full = NetHackRewardWeights([
    .depth: 1, .level: 0.33, .experience: 0.02, .scouting: 0.01, .score: 0.001, .gold: 0.001, .identified: 0.05,
    .death: -0.1, .idle: -0.001,
  ])

  init(_ table: [NetHackChannel: Double]) { weights = NetHackChannel.allCases.map { table[$0] ?? 0 } }

  /// - Throws: `EnvironmentError` that names the part of the text that is wrong.
  init(_ text: String) throws(EnvironmentError) {
    var table: [NetHackChannel: Double] = [:]
    for part in text.split(separator: ",") {
      let words = part.split(separator: " ")
      guard words.count == 2, let channel = NetHackChannel(rawValue: String(words[0])) else {
        let known = NetHackChannel.allCases.map(\.rawValue).joined(separator: ", ")
        throw EnvironmentError("rewards: \"\(part)\" is not a channel and its weight; the channels are \(known)")
      }
      guard let weight = Double(words[1]), abs(weight) <= 1_000 else {
        throw EnvironmentError("rewards: \"\(words[1])\" is not a number from -1000 to 1000")
      }
      guard table.updateValue(weight, forKey: channel) == nil else {
        throw EnvironmentError("rewards: \(channel.rawValue) has two weights")
      }
    }
    self.init(table)
  }

  /// The reward of a step, within the bound.
  func sum(_ values: [Double]) -> Double {
    let sum = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
    return min(max(sum, -Self.bound), Self.bound)
  }
}

/// Computes the channels of each step.
struct NetHackRewardChannels {
  /// The values of the latest step, in the order of `NetHackChannel.allCases`.
  private(set) var values = [Double](repeating: 0, count: NetHackChannel.allCases.count)
  /// Their sums over the episode.
  private(set) var sums = [Double](repeating: 0, count: NetHackChannel.allCases.count)

  private var before = tengu_nethack_hero()
  private var deepest: Int32 = 0
  private var mostGold: Int64 = 0
  private var highestLevel: Int32 = 0
  private var exploration = NetHackExploration()
  private var known: Set<Int32> = []

  /// Starts an episode.
  mutating func reset(_ hero: tengu_nethack_hero, _ items: NetHackItems, _ buffers: NetHackBuffers) {
    before = hero
    (deepest, mostGold, highestLevel) = (hero.depth, hero.gold, hero.experience_level)
    exploration.reset()
    _ = exploration.gain(buffers)
    known.removeAll(keepingCapacity: true)
    for index in 0..<items.packed { known.insert(items.pack[index].kind) }
    for index in sums.indices { sums[index] = 0 }
  }

  /// Takes in the state after a step. After the end of a game its state means nothing, and only death counts.
  mutating func look(
    _ hero: tengu_nethack_hero, _ items: NetHackItems, _ buffers: NetHackBuffers, died: Bool
  ) {
    for index in values.indices { values[index] = 0 }
    if died {
      set(.death, 1)
    } else {
      set(.score, Double(hero.score - before.score))
      set(.experience, Double(max(0, hero.experience - before.experience)))
      set(.level, Double(max(0, hero.experience_level - highestLevel)))
      set(.depth, Double(max(0, hero.depth - deepest)))
      set(.scouting, Double(max(0, exploration.gain(buffers))))
      set(.health, Self.share(hero) - Self.share(before))
      set(.gold, Double(max(0, hero.gold - mostGold)))
      set(.identified, Double(newlyIdentified(items)))
      set(.idle, hero.turns == before.turns ? 1 : 0)
      before = hero
      (deepest, mostGold) = (max(deepest, hero.depth), max(mostGold, hero.gold))
      highestLevel = max(highestLevel, hero.experience_level)
    }
    for index in sums.indices { sums[index] += values[index] }
  }

  private mutating func set(_ channel: NetHackChannel, _ value: Double) {
    if let index = NetHackChannel.allCases.firstIndex(of: channel) { values[index] = value }
  }

  private static func share(_ hero: tengu_nethack_hero) -> Double {
    min(1, Double(hero.hit_points) / Double(max(1, hero.maximum_hit_points)))
  }

  /// Kinds of potions, scrolls, wands, rings, amulets and books in the pack that are identified for the first time.
  private mutating func newlyIdentified(_ items: NetHackItems) -> Int {
    var count = 0
    for index in 0..<items.packed {
      let item = items.pack[index]
      guard known.insert(item.kind).inserted, item.kind < TENGU_NETHACK_TYPES else { continue }
      switch item.kindOfThing {
      case .potion, .scroll, .wand, .ring, .amulet, .book:
        // Found already identified, it is new; the hero learnt nothing.
        if known.contains(Int32(TENGU_NETHACK_TYPES) + item.look) { count += 1 }
      default: break
      }
    }
    return count
  }
}
