import Testing

@testable import Environments

/// Maps: the same seed gives the same map, and every map can be won.
@Suite struct CaptionGridMapTests {
  static let seeds = 0..<UInt64(2000)

  @Test func theSeedDecidesTheMap() {
    var distinct = Set<[UInt8]>()
    for seed in Self.seeds {
      let (map, again) = (CaptionGridMap(seed: seed), CaptionGridMap(seed: seed))
      #expect(bytes(map) == bytes(again))
      #expect((map.start, map.key, map.door, map.stairs) == (again.start, again.key, again.door, again.stairs))
      distinct.insert(bytes(map))
    }
    #expect(distinct.count == Self.seeds.count)
  }

  @Test func everyMapHasItsLandmarks() {
    for seed in Self.seeds {
      let map = CaptionGridMap(seed: seed)
      var counts: [CaptionGridTile: Int] = [:]
      for cell in 0..<CaptionGridMap.cellCount { counts[map.tiles[cell], default: 0] += 1 }
      #expect(counts[.outerWall] == 32)
      #expect(counts[.key] == 1 && map.tiles[map.key] == .key)
      #expect(counts[.stairs] == 1 && map.tiles[map.stairs] == .stairs)
      #expect(counts[.lockedDoor] == 1 && map.tiles[map.door] == .lockedDoor)
      #expect(counts[.openDoor] == nil && counts[.closedDoor] == nil && counts[.stone] == nil)
      #expect(counts[.gold] == CaptionGridMap.goldCount)
      #expect(counts[.fountain] == 1)
      #expect(map.tiles[map.start] == .floor)
    }
  }

  @Test func almostEveryMapHasTraps() {
    let trapped = Self.seeds.filter { seed in
      let map = CaptionGridMap(seed: seed)
      return (0..<CaptionGridMap.cellCount).filter { map.tiles[$0].isTrap }.count == CaptionGridMap.trapCount
    }
    #expect(trapped.count > Self.seeds.count * 99 / 100)
  }

  /// A search over (position, has key, door open) by the world's own rules.
  @Test func everyMapCanBeWon() {
    for seed in Self.seeds {
      let plan = CaptionGridExpert.plan(from: CaptionGridState(seed: seed, maximumSteps: 1000))
      #expect(plan != nil, "seed \(seed)")
      #expect((plan?.count ?? 0) <= CaptionGrid.defaultMaximumSteps / 2, "seed \(seed)")
    }
  }

  /// Without its door a map cannot be won: the search would notice a hole in the walls.
  @Test func onlyTheDoorLeadsToTheStairs() {
    for seed in Self.seeds {
      let map = CaptionGridMap(seed: seed)
      var near = map.safeCells
      near.remove(map.door)
      let reached = CellSet(map.start).flooded(within: near)
      #expect(reached.contains(map.key))
      #expect(!reached.contains(map.stairs), "seed \(seed)")
    }
  }

  /// Doors occur in walls of both directions, and lead to all four sides.
  @Test func mapsAreTurnedAndMirrored() {
    var doorSides = Set<Int>()
    for seed in Self.seeds {
      let map = CaptionGridMap(seed: seed)
      let step = map.safeCells.firstStep(from: map.door, to: map.stairs)
      doorSides.insert(step)
    }
    #expect(doorSides == [-CellSet.side, -1, 1, CellSet.side])
  }

  private func bytes(_ map: CaptionGridMap) -> [UInt8] {
    (0..<CaptionGridMap.cellCount).map { map.tiles[$0].rawValue }
  }
}

/// A player that knows the rules: breadth-first search over what can change the way.
enum CaptionGridExpert {
  /// A shortest list of actions that wins from `state`, or nil if there is none.
  static func plan(from state: CaptionGridState) -> [CaptionGridAction]? {
    var queue: [(state: CaptionGridState, parent: Int, action: CaptionGridAction)] = [(state, -1, .wait)]
    var seen: Set<Int> = [key(state)]
    var head = 0
    while head < queue.count {
      for action in CaptionGridAction.allCases {
        var next = queue[head].state
        let transition = next.step(action).transition
        if transition.succeeded { return actions(to: head, in: queue) + [action] }
        if transition.done || !seen.insert(key(next)).inserted { continue }
        queue.append((next, head, action))
      }
      head += 1
    }
    return nil
  }

  private static func key(_ state: CaptionGridState) -> Int {
    let door = state.doorIsOpen ? 2 : state.doorIsUnlocked ? 1 : 0
    return (state.hero * 3 + door) * 2 + (state.hasKey ? 1 : 0)
  }

  private static func actions(
    to index: Int, in queue: [(state: CaptionGridState, parent: Int, action: CaptionGridAction)]
  ) -> [CaptionGridAction] {
    var (index, actions) = (index, [CaptionGridAction]())
    while queue[index].parent >= 0 {
      actions.append(queue[index].action)
      index = queue[index].parent
    }
    return actions.reversed()
  }
}
