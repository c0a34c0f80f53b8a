import CWire
import Trajectories

/// Facts of episodes as a trajectory carries them.
extension FactSums {
  /// - Parameter episodes: how many episodes the trajectory has.
  func check(episodes: Int) throws(WireError) {
    try Check.atMost(Self.maximumNames, entries.count, "trajectory.facts")
    for (index, entry) in entries.enumerated() {
      guard Self.isName(entry.name) else {
        throw .invalid(
          field: "trajectory.facts[\(index)].name",
          reason: "is not 1 to \(Self.maximumNameBytes) letters, digits, spaces or \"_-./%\"")
      }
      try Check.within(1...max(1, episodes), Int(clamping: entry.count), "trajectory.facts[\(index)].count")
      let limit = Self.maximumMagnitude * Double(entry.count)
      try Check.within(-limit...limit, entry.sum, "trajectory.facts[\(index)].sum")
    }
  }

  func pack(_ arena: PackArena) -> UnsafeMutablePointer<UnsafeMutablePointer<Tengu__EpisodeFact>?>? {
    if entries.isEmpty { return nil }
    return arena.array(
      entries.map { entry in
        var packed = Tengu__EpisodeFact()
        tengu__episode_fact__init(&packed)
        packed.name = arena.text(entry.name)
        packed.sum = entry.sum
        packed.count = entry.count
        return Optional(arena.store(packed))
      })
  }

  /// - Throws: `WireError` for a name that comes twice or is no text. `check` does the rest.
  init(
    _ packed: UnsafeMutablePointer<UnsafeMutablePointer<Tengu__EpisodeFact>?>?, count: Int
  ) throws(WireError) {
    var entries: [Entry] = []
    // More are refused, so there is no need to read them.
    for index in 0..<min(count, Self.maximumNames + 1) {
      let fact = try Unpack.body(packed?[index])
      entries.append(
        Entry(name: try Unpack.text(fact.name, "trajectory.facts[\(index)].name"), sum: fact.sum, count: fact.count))
    }
    guard let sums = FactSums(entries) else {
      throw .invalid(field: "trajectory.facts", reason: "have a name twice")
    }
    self = sums
  }
}
