import CNetHack

/// Finds the nearest place worth going to on the displayed map: where the known part ends, or where a thing lies.
///
/// It knows what a player sees and remembers: the map, and where the hero has been on each level. It finds no hidden doors.
struct NetHackExplorer {
  enum Goal { case frontier, thing }

  /// Levels that it remembers; another one takes the place of the oldest.
  private static let maximumLevels = 64
  private static let boulder: Int16 = 1906 + 447

  /// Squares of a level where the hero has been or that turned out to be of no use.
  private struct Level {
    let dungeon: Int32
    let level: Int32
    var visited = [Bool](repeating: false, count: NetHackMap.squares)
  }

  private var levels: [Level] = []
  private var current = 0
  /// Squares of the search, in the order in which it reaches them, and the search that reached each.
  private var queue = [Int32](repeating: 0, count: NetHackMap.squares)
  private var reached = [Int32](repeating: 0, count: NetHackMap.squares)
  private var search: Int32 = 0

  /// Starts an episode.
  mutating func reset() {
    levels.removeAll()
    current = 0
  }

  /// Notes where the hero is.
  mutating func note(_ hero: tengu_nethack_hero) {
    if levels.indices.contains(current), levels[current].dungeon == hero.dungeon, levels[current].level == hero.level {
      // The same level as before.
    } else if let index = levels.firstIndex(where: { $0.dungeon == hero.dungeon && $0.level == hero.level }) {
      current = index
    } else {
      if levels.count == Self.maximumLevels { levels.removeFirst() }
      levels.append(Level(dungeon: hero.dungeon, level: hero.level))
      current = levels.count - 1
    }
    dismiss(NetHackPlace(Int(hero.x), Int(hero.y)))
  }

  /// Never proposes a place again.
  mutating func dismiss(_ place: NetHackPlace) {
    if place.isOnMap, levels.indices.contains(current) { levels[current].visited[place.square] = true }
  }

  /// The nearest goal that the hero can walk to; nil if there is none.
  mutating func nearest(_ goal: Goal, _ survey: NetHackSurvey, _ glyphs: UnsafePointer<Int16>) -> NetHackPlace? {
    guard survey.hero.isOnMap, levels.indices.contains(current) else { return nil }
    search &+= 1
    reached[survey.hero.square] = search
    queue[0] = Int32(survey.hero.square)
    var (head, tail) = (0, 1)
    while head < tail {
      let square = Int(queue[head])
      let place = NetHackPlace(square % NetHackMap.columns, square / NetHackMap.columns)
      head += 1
      if place != survey.hero, isGoal(goal, place, glyphs) { return place }
      let isDoor = NetHackGlyph.isDoor(glyphs[square])
      for (direction, step) in NetHackPlace.steps.enumerated() {
        let next = place + step
        guard next.isOnMap, reached[next.square] != search else { continue }
        let glyph = glyphs[next.square]
        guard Self.isPassable(glyph) else { continue }
        if direction >= 4 && (isDoor || NetHackGlyph.isDoor(glyph)) { continue }
        reached[next.square] = search
        queue[tail] = Int32(next.square)
        tail += 1
      }
    }
    return nil
  }

  private func isGoal(_ goal: Goal, _ place: NetHackPlace, _ glyphs: UnsafePointer<Int16>) -> Bool {
    guard !levels[current].visited[place.square] else { return false }
    let glyph = glyphs[place.square]
    switch goal {
    case .thing: return NetHackGlyph.isThing(glyph)
    case .frontier:
      let needsDarkness = NetHackGlyph.rooms.contains(glyph) || NetHackGlyph.isThing(glyph)
      let isWay =
        NetHackGlyph.corridors.contains(glyph) || NetHackGlyph.isDoor(glyph) || glyph == NetHackGlyph.noDoor
      guard isWay || needsDarkness else { return false }
      // In a room all four neighbours count; beyond doors and corridors the diagonal ones do, too.
      for step in NetHackPlace.steps[..<(isWay ? 8 : 4)] {
        let next = place + step
        if next.isOnMap && glyphs[next.square] == NetHackGlyph.unexplored { return true }
      }
      return false
    }
  }

  private static func isPassable(_ glyph: Int16) -> Bool {
    switch glyph {
    case NetHackGlyph.pets, NetHackGlyph.noDoor, NetHackGlyph.openDoors, NetHackGlyph.closedDoors, NetHackGlyph.rooms,
      NetHackGlyph.corridors, NetHackGlyph.stairsUp...NetHackGlyph.ladderDown, NetHackGlyph.furniture,
      NetHackGlyph.ice, NetHackGlyph.loweredBridges, NetHackGlyph.bodies:
      true
    case NetHackGlyph.objects: glyph != boulder
    default: false
    }
  }
}
