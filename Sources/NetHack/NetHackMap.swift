/// The size of a dungeon level as it is observed.
enum NetHackMap {
  static let rows = 21
  static let columns = 79
  static let squares = rows * columns

  /// Whether any of the 3×3 squares around (x, y) satisfies `predicate`. NLE's own slice, with its two edges: the map's far
  /// edges are cut off, and a hero in row 0 or column 0 has no surroundings at all.
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

  /// Copies the squares around (x, y) into `crop` [side, side]; what lies outside the map is `NetHackGlyph.none`.
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
