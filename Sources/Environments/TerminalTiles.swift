/// The tiles of a terminal's picture: a character in one of sixteen colours on black.
///
/// Symbol 0 is a black tile (a space, or nothing); symbol 1 + (character - 33) * 16 + colour shows a character.
public enum TerminalTiles {
  /// Side of a tile in pixels.
  public static let side = TileFont.side
  /// The shapes of the characters 33 to 126: bit y * side + x is set if that pixel is painted.
  public static let masks = TileFont.masks
  /// Red, green and blue from 0 to 1 of the sixteen colours of a terminal, in the order of their numbers. Colour 0 is dark
  /// grey instead of black, so that things that NetHack paints black are visible.
  public static let colours: [SIMD3<Float>] = colourCodes.map { code in
    SIMD3(Float(code >> 16), Float(code >> 8 & 255), Float(code & 255)) / 255
  }

  private static let colourCodes: [UInt32] = [
    0x404040, 0xAA0000, 0x00AA00, 0xAA5500, 0x0000AA, 0xAA00AA, 0x00AAAA, 0xAAAAAA,
    0x555555, 0xFF5555, 0x55FF55, 0xFFFF55, 0x5555FF, 0xFF55FF, 0x55FFFF, 0xFFFFFF,
  ]

  public static let symbolCount = 1 + masks.count * colours.count

  /// The symbol of a character in a terminal's colour. Only the low four bits of the colour count, so that inverse characters
  /// look like others. Characters that are not printable are black.
  @inlinable
  public static func symbol(character: UInt8, colour: Int8) -> Int16 {
    guard character > 32, character < 127 else { return 0 }
    return 1 + Int16(character - 33) * 16 + Int16(colour & 15)
  }
}

/// A font of six by six pixels for the printable characters 33 to 126, drawn for Tengu.
///
/// Sixteen characters per band, in the order of ASCII. Letters occupy the upper five rows; the last row is for descenders, and
/// the last column is empty, so that neighbours do not touch.
enum TileFont {
  static let side = 6

  /// One mask for each character: bit y * 6 + x is set if that pixel is painted.
  static let masks: [UInt64] = drawing.components(band: side).map { rows in
    var mask: UInt64 = 0
    for (y, row) in rows.enumerated() {
      for (x, pixel) in row.utf8.enumerated() where pixel == UInt8(ascii: "#") { mask |= 1 << UInt64(y * side + x) }
    }
    return mask
  }

  private static let drawing = """
    ..#... .#.#.. .#.#.. .####. ##..#. .##... ..#... ...#.. .#.... #.#.#. ...... ...... ...... ...... ....#. .###..
    ..#... .#.#.. #####. #.#... ##.#.. #..#.. ..#... ..#... ..#... .###.. ..#... ...... ...... ...... ...#.. ##..#.
    ..#... ...... .#.#.. .###.. ..#... .##... ...... ..#... ..#... #####. .###.. ...... .###.. ...... ..#... #.#.#.
    ...... ...... #####. ..#.#. .#.##. #..##. ...... ..#... ..#... .###.. ..#... ..##.. ...... ..#... .#.... #..##.
    ..#... ...... .#.#.. ####.. #..##. .##.#. ...... ...#.. .#.... #.#.#. ...... ...#.. ...... ...... #..... .###..
    ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ..#... ...... ...... ...... ......

    ..#... .###.. ####.. ..##.. #####. .###.. #####. .###.. .###.. ...... ...... ...##. ...... ##.... .###.. .###..
    .##... #...#. ....#. .#.#.. #..... #..... ...#.. #...#. #...#. ..#... ..##.. .##... .####. ..##.. #...#. #...#.
    ..#... ..##.. .###.. #..#.. ####.. ####.. ..#... .###.. .####. ...... ...... #..... ...... ....#. ...#.. #.###.
    ..#... .#.... ....#. #####. ....#. #...#. .#.... #...#. ....#. ..#... ..##.. .##... .####. ..##.. ...... #.##..
    .###.. #####. ####.. ...#.. ####.. .###.. .#.... .###.. .###.. ...... ...#.. ...##. ...... ##.... ..#... #.....
    ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ..#... ...... ...... ...... ...... .####.

    .###.. ####.. .####. ####.. #####. #####. .####. #...#. .###.. ..###. #...#. #..... #...#. #...#. .###.. ####..
    #...#. #...#. #..... #...#. #..... #..... #..... #...#. ..#... ...#.. #..#.. #..... ##.##. ##..#. #...#. #...#.
    #####. ####.. #..... #...#. ####.. ####.. #..##. #####. ..#... ...#.. ###... #..... #.#.#. #.#.#. #...#. ####..
    #...#. #...#. #..... #...#. #..... #..... #...#. #...#. ..#... #..#.. #..#.. #..... #...#. #..##. #...#. #.....
    #...#. ####.. .####. ####.. #####. #..... .####. #...#. .###.. .##... #...#. #####. #...#. #...#. .###.. #.....
    ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ......

    .###.. ####.. .####. #####. #...#. #...#. #...#. #...#. #...#. #####. .###.. #..... .###.. ..#... ...... .#....
    #...#. #...#. #..... ..#... #...#. #...#. #...#. .#.#.. .#.#.. ...#.. .#.... .#.... ...#.. .#.#.. ...... ..#...
    #...#. ####.. .###.. ..#... #...#. #...#. #.#.#. ..#... ..#... ..#... .#.... ..#... ...#.. #...#. ...... ......
    #..##. #..#.. ....#. ..#... #...#. .#.#.. ##.##. .#.#.. ..#... .#.... .#.... ...#.. ...#.. ...... ...... ......
    .###.. #...#. ####.. ..#... .###.. ..#... #...#. #...#. ..#... #####. .###.. ....#. .###.. ...... #####. ......
    ....#. ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ...... ......

    ...... .#.... ...... ...#.. ...... ..##.. ...... .#.... ..#... ...#.. .#.... .##... ...... ...... ...... ......
    .##... .#.... ..###. ...#.. .##... .#.... .###.. .#.... ...... ...... .#..#. ..#... ##.#.. .###.. .##... .###..
    ...#.. .###.. .#.... .###.. ####.. ###... #..#.. .###.. .##... ..##.. .###.. ..#... #.#.#. .#..#. #..#.. .#..#.
    .###.. .#..#. .#.... #..#.. #..... .#.... .###.. .#..#. ..#... ...#.. .#.#.. ..#... #.#.#. .#..#. #..#.. .###..
    .####. .###.. ..###. .###.. .###.. .#.... ...#.. .#..#. .###.. ...#.. .#..#. ..##.. #.#.#. .#..#. .##... .#....
    ...... ...... ...... ...... ...... ...... .##... ...... ...... .##... ...... ...... ...... ...... ...... .#....

    ...... ...... ...... .#.... ...... ...... ...... ...... ...... ...... ..##.. ..#... .##... ......
    .###.. .#.##. .####. ####.. #..#.. #...#. #...#. #..#.. #..#.. ####.. ..#... ..#... ..#... .#..#.
    #..#.. .##... .##... .#.... #..#.. #...#. #.#.#. .##... #..#.. ..#... .##... ..#... ..##.. #.##..
    .###.. .#.... ...##. .#.... #..#.. .#.#.. #.#.#. .##... .###.. .#.... ..#... ..#... ..#... ......
    ...#.. .#.... .###.. ..##.. .###.. ..#... .#.#.. #..#.. ...#.. ####.. ..##.. ..#... .##... ......
    ...#.. ...... ...... ...... ...... ...... ...... ...... .##... ...... ...... ..#... ...... ......
    """
}

extension String {
  /// Splits bands of `band` lines into columns: one list of rows for each drawing.
  fileprivate func components(band: Int) -> [[Substring]] {
    let lines = split(separator: "\n").map { $0.split(separator: " ") }
    return stride(from: 0, to: lines.count, by: band).flatMap { first in
      lines[first].indices.map { column in (first..<first + band).map { lines[$0][column] } }
    }
  }
}
