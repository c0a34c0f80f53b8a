import Environments

/// Glyph numbers: what a map square can show (NetHack 3.6 as built by NLE).
enum NetHackGlyph {
  /// Tame monsters have separate glyphs.
  static let pets: ClosedRange<Int16> = 381...761
  static let oracle: Int16 = 270
  /// Closed doors, locked or not, of either orientation.
  static let closedDoors: ClosedRange<Int16> = 2374...2375
  /// Dark or solid stone: an unknown square.
  static let unexplored: Int16 = 2359
  /// The number after the last glyph: no glyph.
  static let none: Int16 = 5976
  /// Number of glyphs including `none`.
  static let count = 5977
}

/// The size of an observed dungeon level.
enum NetHackMap {
  static let rows = 21
  static let columns = 79
  static let squares = rows * columns

  /// Whether any of the 3×3 squares around (x, y) satisfies `predicate`. This is NLE's slice with its two edge
  /// cases: squares beyond the last row or column are left out, and a hero in row 0 or column 0 has no surroundings.
  static func anyAround(
    x: Int, y: Int, glyphs: UnsafePointer<Int16>, where predicate: (Int16) -> Bool
  ) -> Bool {
    guard x > 0, y > 0 else { return false }
    for row in (y - 1)..<max(y - 1, min(y + 2, rows)) {
      for column in (x - 1)..<max(x - 1, min(x + 2, columns)) where predicate(glyphs[row * columns + column]) {
        return true
      }
    }
    return false
  }

  /// Copies the squares around (x, y) into `crop` [side, side]; squares outside the map become `NetHackGlyph.none`.
  static func crop(
    x: Int, y: Int, side: Int, glyphs: UnsafePointer<Int16>, into crop: UnsafeMutablePointer<Int16>
  ) {
    let half = side / 2
    crop.update(repeating: NetHackGlyph.none, count: side * side)
    let first = max(0, x - half)
    let last = min(columns, x - half + side)
    guard first < last else { return }
    for row in 0..<side {
      let source = y - half + row
      guard source >= 0, source < rows else { continue }
      (crop + row * side + first - (x - half))
        .update(from: glyphs + source * columns + first, count: last - first)
    }
  }
}

/// The screen of a player: the message line, the map, two lines of status, and menus over all of them.
enum NetHackTerminal {
  static let rows = 24
  static let columns = 80

  /// Writes the characters around (x, y) to `crop` [side, side] as symbols of `TerminalTiles`; squares outside are black.
  ///
  /// x and y are the hero's place on the map, used here as row and column of the terminal. The map begins in the terminal's
  /// second row, so the hero is one row below the middle, as in ONI's picture.
  static func crop(
    x: Int, y: Int, side: Int, characters: UnsafePointer<UInt8>, colours: UnsafePointer<Int8>,
    into crop: UnsafeMutablePointer<Int16>
  ) {
    crop.update(repeating: 0, count: side * side)
    let (top, left) = (y - side / 2, x - side / 2)
    for row in max(0, top)..<max(0, top, min(rows, top + side)) {
      for column in max(0, left)..<max(0, left, min(columns, left + side)) {
        let square = row * columns + column
        crop[(row - top) * side + column - left] = TerminalTiles.symbol(
          character: characters[square], colour: colours[square])
      }
    }
  }
}
