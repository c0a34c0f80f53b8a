import Wire

/// Entries of a plan between the scheduler and their episodes: those that nobody has yet, and what each holder has not
/// finished. What a holder that leaves has not finished goes to the next one that asks, so no group stays open for it.
package struct PlanStock<Holder: Hashable & Sendable>: Sendable {
  private struct Share: Sendable {
    let holder: Holder
    var episodes: Int
  }

  private struct Held: Sendable {
    let entry: PlanEntry
    /// One for each peer that has a part of the entry; one in all as a rule.
    var shares: [Share] = []
  }

  /// Entries that are with holders at most; the oldest are given up.
  package static var maximumHeld: Int { 65_536 }

  /// Entries that nobody has, in the reverse of their order.
  private var waiting: [PlanEntry] = []
  /// By the entry's number.
  private var held: [UInt64: Held] = [:]
  /// Numbers in the order in which they were first handed out; some are not held any more.
  private var order: [UInt64] = []
  /// Place in `order` before which nothing is held.
  private var oldest = 0
  /// Episodes that nobody has.
  package private(set) var episodes = 0

  package init() {}

  /// Whether nothing is left to hand out.
  package var isEmpty: Bool { waiting.isEmpty }

  /// Adds entries after those that wait.
  package mutating func add(_ entries: [PlanEntry]) {
    waiting.insert(contentsOf: entries.reversed(), at: 0)
    episodes += entries.reduce(0) { $0 + $1.repeats }
  }

  /// Hands out entries for `wanted` episodes, or for fewer if no more wait.
  package mutating func hand(out wanted: Int, to holder: Holder) -> [PlanEntry] {
    var entries: [PlanEntry] = []
    var rest = wanted
    while rest > 0, var entry = waiting.popLast() {
      if entry.repeats > rest {
        // The rest of the group goes to the next one that asks.
        var later = entry
        later.repeats -= rest
        waiting.append(later)
        entry.repeats = rest
      }
      rest -= entry.repeats
      hold(entry, by: holder)
      entries.append(entry)
    }
    episodes -= wanted - rest
    return entries
  }

  /// A holder has finished an episode of an entry.
  /// - Returns: whether it had one.
  package mutating func finish(_ number: UInt64, by holder: Holder) -> Bool {
    guard let index = held[number]?.shares.firstIndex(where: { $0.holder == holder }) else { return false }
    held[number]?.shares[index].episodes -= 1
    if held[number]?.shares[index].episodes == 0 { held[number]?.shares.remove(at: index) }
    if held[number]?.shares.isEmpty == true { held[number] = nil }
    return true
  }

  /// A holder has left: what it has not finished waits again, before everything else.
  /// - Returns: the episodes.
  @discardableResult
  package mutating func left(_ holder: Holder) -> Int {
    let numbers = held.filter { $0.value.shares.contains { $0.holder == holder } }.keys
    var count = 0
    for number in numbers.sorted(by: >) {
      guard var entry = held[number]?.entry,
        let index = held[number]?.shares.firstIndex(where: { $0.holder == holder }),
        let share = held[number]?.shares.remove(at: index)
      else { continue }
      if held[number]?.shares.isEmpty == true { held[number] = nil }
      entry.repeats = share.episodes
      waiting.append(entry)
      count += share.episodes
    }
    episodes += count
    return count
  }

  private mutating func hold(_ entry: PlanEntry, by holder: Holder) {
    if held[entry.number] == nil {
      held[entry.number] = Held(entry: entry)
      order.append(entry.number)
      giveUpOldest()
    }
    if let index = held[entry.number]?.shares.firstIndex(where: { $0.holder == holder }) {
      held[entry.number]?.shares[index].episodes += entry.repeats
    } else {
      held[entry.number]?.shares.append(Share(holder: holder, episodes: entry.repeats))
    }
  }

  /// Keeps both the entries with holders and the list of their order within bounds.
  private mutating func giveUpOldest() {
    while held.count > Self.maximumHeld, oldest < order.count {
      held[order[oldest]] = nil
      oldest += 1
    }
    guard order.count > 2 * Self.maximumHeld else { return }
    var seen: Set<UInt64> = []
    order = order[oldest...].filter { held[$0] != nil && seen.insert($0).inserted }
    oldest = 0
  }
}
