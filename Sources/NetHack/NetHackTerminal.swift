import Environments

/// The screen as a player sees it: the message line, the map, two lines of status, and menus over all of them.
enum NetHackTerminal {
  static let rows = 24
  static let columns = 80

  /// Writes the characters around (x, y) to `crop` [side, side] as symbols of `TileSet`; what lies outside is black.
  ///
  /// x and y are the hero's place on the map, and count rows of the terminal here. The map begins in the terminal's
  /// second row, so the hero stands one row below the middle: that is how ONI cuts its picture.
  static func crop(
    x: Int, y: Int, side: Int, characters: UnsafePointer<UInt8>, colours: UnsafePointer<Int8>,
    into crop: UnsafeMutablePointer<Int16>
  ) {
    crop.update(repeating: 0, count: side * side)
    let (top, left) = (y - side / 2, x - side / 2)
    for row in max(0, top)..<max(0, top, min(rows, top + side)) {
      for column in max(0, left)..<max(0, left, min(columns, left + side)) {
        let square = row * columns + column
        crop[(row - top) * side + column - left] = TileSet.symbol(
          character: characters[square], colour: colours[square])
      }
    }
  }
}
