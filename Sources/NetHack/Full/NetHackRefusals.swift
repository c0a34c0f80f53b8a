import CNetHack

/// Actions that the game refused: they took no time and changed nothing. A second refusal takes the action out of the mask until
/// the hero moves or time passes, because an agent that repeats it would never do anything else.
///
/// One refusal is not enough: a fast hero acts twice within a turn of the clock, so that some actions only look refused.
struct NetHackRefusals {
  private static let limit = 2
  private static let maximumActions = 32

  private var turns: Int64 = -1
  private var place = NetHackPlace(-1, -1)
  private var refused: [(action: NetHackFullAction, count: Int)] = []

  /// Starts an episode.
  mutating func reset() {
    turns = -1
    refused.removeAll(keepingCapacity: true)
  }

  /// Notes how an action ended.
  /// - Parameter changed: whether the pack or what the game shows of the hero changed although no time passed.
  mutating func note(_ action: NetHackFullAction, _ hero: tengu_nethack_hero, changed: Bool) {
    let here = NetHackPlace(Int(hero.x), Int(hero.y))
    guard hero.turns == turns, here == place, !changed else {
      turns = hero.turns
      place = here
      refused.removeAll(keepingCapacity: true)
      return
    }
    if let index = refused.firstIndex(where: { $0.action == action }) {
      refused[index].count += 1
    } else if refused.count < Self.maximumActions {
      refused.append((action, 1))
    }
  }

  /// Calls `body` with each action that is refused for now.
  func forEachMasked(_ body: (NetHackFullAction) -> Void) {
    for entry in refused where entry.count >= Self.limit { body(entry.action) }
  }
}
