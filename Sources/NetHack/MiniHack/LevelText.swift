/// A level in NetHack's level-description language, which `lev_comp` compiles. Coordinates count from the upper left corner of
/// the level's map, or of the room that contains the place.
struct LevelText: Sendable, Hashable {
  /// The level's name in the dungeon's plan.
  static let levelName = "mylevel"

  private(set) var text: String

  /// A level that is drawn as a map in the middle of the screen, with solid rock around it.
  /// - Parameter flags: of the language, in addition to a floor that nobody can dig through.
  init(map rows: [String], flags: [String] = []) {
    text = "MAZE: \"\(Self.levelName)\", ' '\nFLAGS: \((["hardfloor"] + flags).joined(separator: ","))\n"
    add("GEOMETRY: center,center\nMAP\n\(rows.joined(separator: "\n"))\nENDMAP")
  }

  /// A level of rooms that the game places.
  init() {
    text = "LEVEL: \"\(Self.levelName)\"\nFLAGS: hardfloor\n"
  }

  mutating func add(_ line: String) { text += line + "\n" }

  /// Adds a line several times.
  mutating func add(_ line: String, times: Int) {
    for _ in 0..<times { add(line) }
  }

  /// Lights an area of the map, or leaves it dark.
  mutating func addArea(_ area: LevelArea, isLit: Bool) {
    add("REGION: \(area),\(isLit ? "lit" : "unlit"),\"ordinary\"")
  }

  /// The hero starts anywhere in `area` where nothing else is.
  ///
  /// Level 1 has a staircase that belongs to no level below the surface, and a hero without another staircase up starts there.
  /// - Parameter forbidden: a place of the map where no hero can be, because the language wants one.
  mutating func addStart(in area: LevelArea, forbidden: LevelArea) {
    add("BRANCH: \(area),\(forbidden)")
  }

  /// Names an area, so that `randomPlace(in:)` can draw places from it.
  mutating func addPlaces(_ name: String, _ area: LevelArea) {
    add("$\(name) = selection: fillrect \(area)")
  }

  static func randomPlace(in name: String) -> String { "rndcoord($\(name))" }
}

/// A rectangle of a map: its corners belong to it.
struct LevelArea: Sendable, Hashable, CustomStringConvertible {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  /// One place.
  init(_ x: Int, _ y: Int) { (left, top, right, bottom) = (x, y, x, y) }

  init(left: Int, top: Int, right: Int, bottom: Int) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  var description: String { "(\(left),\(top),\(right),\(bottom))" }
}
