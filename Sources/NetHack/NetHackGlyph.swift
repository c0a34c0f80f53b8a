/// Numbers of the things a map square can show (NetHack 3.6 as built by NLE).
enum NetHackGlyph {
  /// Tame monsters are drawn with glyphs of their own.
  static let pets: ClosedRange<Int16> = 381...761
  static let oracle: Int16 = 270
  /// Dark or solid stone: a square nothing is known of.
  static let unexplored: Int16 = 2359
  /// One more than every real glyph: no glyph at all.
  static let none: Int16 = 5976
  /// Glyphs including `none`.
  static let count = 5977
}
