import CNetHack

/// Finds the nearest place worth going to on the displayed map: where the known part ends, or where a thing lies.
///
/// It knows what a player sees and remembers: the map, and where the hero has been on each level. It finds no hidden doors.
struct NetHackExplorer {
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
  /// The square from which the latest search reached each.
  private var origins = [Int32](repeating: 0, count: NetHackMap.squares)
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

  /// Where the hero can walk to.
  struct Goals {
    /// The nearest place where the known map ends, or a closed door.
    var frontier: NetHackPlace?
    /// The place from which the way leads to `frontier`.
    var approach: NetHackPlace?
    /// The nearest place where a thing lies.
    var thing: NetHackPlace?
    var reachesStairsDown = false
    var reachesStairsUp = false
  }

  /// Searches the displayed map from the hero on, nearest squares first. Closed doors are goals; no way leads through them,
  /// because the game does not travel through them either.
  /// - Parameter underfoot: the glyph of what the hero stands on.
  mutating func goals(_ survey: NetHackSurvey, _ glyphs: UnsafePointer<Int16>, underfoot: Int32) -> Goals {
    var goals = Goals()
    guard survey.hero.isOnMap, levels.indices.contains(current) else { return goals }
    // What the map does not show need not be searched for.
    let (hasThing, down, up) = (survey.nearestThing != nil, survey.stairsDown?.square, survey.stairsUp?.square)
    search &+= 1
    reached[survey.hero.square] = search
    queue[0] = Int32(survey.hero.square)
    var (head, tail) = (0, 1)
    while head < tail {
      let square = Int(queue[head])
      let place = NetHackPlace(square % NetHackMap.columns, square / NetHackMap.columns)
      head += 1
      if square == down { goals.reachesStairsDown = true }
      if square == up { goals.reachesStairsUp = true }
      if square != survey.hero.square && !levels[current].visited[square] {
        if goals.thing == nil && hasThing && NetHackGlyph.isThing(glyphs[square]) { goals.thing = place }
        if goals.frontier == nil && isFrontier(place, glyphs) {
          goals.frontier = place
          let origin = Int(origins[square])
          goals.approach = NetHackPlace(origin % NetHackMap.columns, origin / NetHackMap.columns)
        }
      }
      if goals.frontier != nil && (goals.thing != nil || !hasThing) && (goals.reachesStairsDown || down == nil)
        && (goals.reachesStairsUp || up == nil)
      {
        break
      }
      if NetHackGlyph.closedDoors.contains(glyphs[square]) { continue }
      let ground = place == survey.hero ? Int16(clamping: underfoot) : glyphs[square]
      tail = spread(from: place, isDoor: NetHackGlyph.isDoor(ground), glyphs, tail)
    }
    return goals
  }

  /// Adds the squares that one step leads to, and returns the new end of the queue.
  private mutating func spread(
    from place: NetHackPlace, isDoor: Bool, _ glyphs: UnsafePointer<Int16>, _ end: Int
  ) -> Int {
    var tail = end
    for (direction, step) in NetHackPlace.steps.enumerated() {
      let next = place + step
      guard next.isOnMap, reached[next.square] != search else { continue }
      let glyph = glyphs[next.square]
      guard Self.isPassable(glyph) else { continue }
      if direction >= 4 && (isDoor || NetHackGlyph.isDoor(glyph)) { continue }
      reached[next.square] = search
      origins[next.square] = Int32(place.square)
      queue[tail] = Int32(next.square)
      tail += 1
    }
    return tail
  }

  private func isFrontier(_ place: NetHackPlace, _ glyphs: UnsafePointer<Int16>) -> Bool {
    let glyph = glyphs[place.square]
    if NetHackGlyph.closedDoors.contains(glyph) { return true }
    let isWay = NetHackGlyph.corridors.contains(glyph) || NetHackGlyph.isDoor(glyph) || glyph == NetHackGlyph.noDoor
    guard isWay || NetHackGlyph.rooms.contains(glyph) || NetHackGlyph.isThing(glyph) else { return false }
    // In a room all four neighbours count; beyond doors and corridors the diagonal ones do, too.
    for direction in 0..<(isWay ? 8 : 4) {
      let next = place + NetHackPlace.steps[direction]
      if next.isOnMap && glyphs[next.square] == NetHackGlyph.unexplored { return true }
    }
    return false
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
