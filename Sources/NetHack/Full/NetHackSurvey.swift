import CNetHack

/// Ranges of glyphs: what a square of the map shows.
extension NetHackGlyph {
  static let monsters: ClosedRange<Int16> = 0...380
  /// Where something unseen was noticed.
  static let unseenMonster: Int16 = 762
  static let detected: ClosedRange<Int16> = 763...1143
  static let bodies: ClosedRange<Int16> = 1144...1524
  static let ridden: ClosedRange<Int16> = 1525...1905
  static let objects: ClosedRange<Int16> = 1906...2358
  static let walls: ClosedRange<Int16> = 2360...2370
  static let openDoors: ClosedRange<Int16> = 2372...2373
  /// Iron bars and trees.
  static let obstacles: ClosedRange<Int16> = 2376...2377
  static let corridors: ClosedRange<Int16> = 2380...2381
  static let rooms: ClosedRange<Int16> = 2378...2379
  static let noDoor: Int16 = 2371
  static let stairsUp: Int16 = 2382
  static let stairsDown: Int16 = 2383
  static let ladderUp: Int16 = 2384
  static let ladderDown: Int16 = 2385
  /// Altar, grave, throne, sink, fountain.
  static let furniture: ClosedRange<Int16> = 2386...2390
  static let fountain: Int16 = 2390
  static let altar: Int16 = 2386
  static let ice: Int16 = 2392
  static let loweredBridges: ClosedRange<Int16> = 2394...2395
  static let statues: ClosedRange<Int16> = 5595...5975

  /// Doors through which nobody moves diagonally.
  static func isDoor(_ glyph: Int16) -> Bool { openDoors.contains(glyph) || closedDoors.contains(glyph) }

  /// A monster of any kind, the hero's own glyph included.
  static func isMonster(_ glyph: Int16) -> Bool {
    glyph <= unseenMonster || detected.contains(glyph) || ridden.contains(glyph)
  }

  static func isThing(_ glyph: Int16) -> Bool { objects.contains(glyph) || bodies.contains(glyph) }
}

/// A place on the map.
struct NetHackPlace: Hashable {
  var x: Int
  var y: Int

  init(_ x: Int, _ y: Int) { (self.x, self.y) = (x, y) }

  /// The steps of `NetHackAction.compass`: N E S W NE SE SW NW.
  static let steps = [(0, -1), (1, 0), (0, 1), (-1, 0), (1, -1), (1, 1), (-1, 1), (-1, -1)].map { NetHackPlace($0, $1) }

  var isOnMap: Bool { x >= 0 && x < NetHackMap.columns && y >= 0 && y < NetHackMap.rows }
  var square: Int { y * NetHackMap.columns + x }

  static func + (a: NetHackPlace, b: NetHackPlace) -> NetHackPlace { NetHackPlace(a.x + b.x, a.y + b.y) }

  /// Moves from one to the other.
  func distance(to other: NetHackPlace) -> Int { max(abs(x - other.x), abs(y - other.y)) }
}

/// What the displayed map tells: stairs, who is in sight, and what is next to the hero.
struct NetHackSurvey {
  /// Looks of a missile.
  static let missileRange = 8

  private(set) var hero = NetHackPlace(0, 0)
  private(set) var stairsDown: NetHackPlace?
  private(set) var stairsUp: NetHackPlace?
  private(set) var nearestThing: NetHackPlace?
  /// Monsters in sight that are no pets and not known to be peaceful; at most `maximumFoes`.
  private(set) var foes: [NetHackPlace] = []
  private(set) var squaresSeen = 0

  private static let maximumFoes = 64

  init() { foes.reserveCapacity(Self.maximumFoes) }

  mutating func look(
    _ glyphs: UnsafePointer<Int16>, hero state: tengu_nethack_hero, _ world: UnsafePointer<tengu_nethack_world>
  ) {
    hero = NetHackPlace(Int(state.x), Int(state.y))
    (stairsDown, stairsUp, nearestThing) = (nil, nil, nil)
    foes.removeAll(keepingCapacity: true)
    squaresSeen = 0
    for y in 0..<NetHackMap.rows {
      let row = glyphs + y * NetHackMap.columns
      for x in 0..<NetHackMap.columns where row[x] != NetHackGlyph.unexplored {
        squaresSeen += 1
        // Most squares are floor and walls.
        if NetHackGlyph.walls.contains(row[x]) || NetHackGlyph.rooms.contains(row[x]) { continue }
        note(row[x], NetHackPlace(x, y), world)
      }
    }
    switch Int16(clamping: state.underfoot) {
    case NetHackGlyph.stairsDown, NetHackGlyph.ladderDown: stairsDown = hero
    case NetHackGlyph.stairsUp, NetHackGlyph.ladderUp: stairsUp = hero
    default: break
    }
  }

  private mutating func note(_ glyph: Int16, _ place: NetHackPlace, _ world: UnsafePointer<tengu_nethack_world>) {
    switch glyph {
    case NetHackGlyph.stairsDown, NetHackGlyph.ladderDown: stairsDown = place
    case NetHackGlyph.stairsUp, NetHackGlyph.ladderUp: stairsUp = place
    default:
      if NetHackGlyph.isMonster(glyph) {
        guard place != hero, !NetHackGlyph.pets.contains(glyph), foes.count < Self.maximumFoes,
          tengu_nethack_is_peaceful(world, Int32(clamping: place.x), Int32(clamping: place.y)) == 0
        else { return }
        foes.append(place)
      } else if NetHackGlyph.isThing(glyph) {
        if nearestThing.map({ place.distance(to: hero) < $0.distance(to: hero) }) ?? true { nearestThing = place }
      }
    }
  }

  var nearestFoe: NetHackPlace? { foes.min { $0.distance(to: hero) < $1.distance(to: hero) } }

  /// Foes next to the hero.
  var adjacentFoes: Int { foes.count { $0.distance(to: hero) == 1 } }

  /// Whether a missile in this direction meets a foe within its range, and nobody else before.
  func canHit(_ direction: Int, _ glyphs: UnsafePointer<Int16>) -> Bool {
    var place = hero
    for _ in 0..<Self.missileRange {
      place = place + NetHackPlace.steps[direction]
      guard place.isOnMap else { return false }
      let glyph = glyphs[place.square]
      if foes.contains(place) { return true }
      if NetHackGlyph.isMonster(glyph) || NetHackGlyph.walls.contains(glyph) || glyph == NetHackGlyph.unexplored
        || NetHackGlyph.closedDoors.contains(glyph)
      {
        return false
      }
    }
    return false
  }
}
