import Environments

/// A screen as pixels of a palette: colour numbers of a terminal, and black.
struct PixelScreen: Sendable, Hashable {
  /// Pixels of a sign's side.
  static let tile = TileSet.side
  /// Pixels between lines.
  static let spacing = 2
  /// Number of black in the palette, behind a terminal's sixteen.
  static let black: UInt8 = 16

  /// Red, green and blue of each number.
  static let palette: [UInt8] =
    TileSet.colours.flatMap { colour in (0..<3).map { UInt8((colour[$0] * 255).rounded()) } } + [0, 0, 0]

  let width: Int
  let height: Int
  /// [height, width]
  let pixels: [UInt8]

  /// - Parameter scale: pixels of the picture for each of the font's, 1 or more.
  init(_ screen: Screen, scale: Int) {
    precondition(scale > 0, "a scale of \(scale)")
    let side = Self.tile * scale
    let line = side + Self.spacing * scale
    (width, height) = (screen.columns * side, screen.rows * line)
    var pixels = [UInt8](repeating: Self.black, count: width * height)
    for row in 0..<screen.rows {
      for column in 0..<screen.columns {
        let square = row * screen.columns + column
        let character = screen.characters[square]
        guard (33..<127).contains(character) else { continue }
        let mask = TileSet.masks[Int(character) - 33]
        for y in 0..<side {
          for x in 0..<side where mask >> UInt64(y / scale * Self.tile + x / scale) & 1 == 1 {
            pixels[(row * line + y) * width + column * side + x] = screen.colours[square] & 15
          }
        }
      }
    }
    self.pixels = pixels
  }
}
