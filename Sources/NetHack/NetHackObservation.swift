import Environments
import Tensor
import Trajectories

/// The arrays of a NetHack observation. The first sixteen are NLE's, byte for byte; the last three are derived from them.
/// NLE's `screen_descriptions` is left out: the game looks at every square to write it, which draws random numbers, so a
/// game with it is another game.
public enum NetHackObservation: String, Sendable, CaseIterable {
  case glyphs, chars, colors, specials, blstats, message
  case programState = "program_state"
  case `internal`
  case inventoryGlyphs = "inv_glyphs"
  case inventoryStrings = "inv_strs"
  case inventoryLetters = "inv_letters"
  case inventoryClasses = "inv_oclasses"
  case terminalChars = "tty_chars"
  case terminalColors = "tty_colors"
  case terminalCursor = "tty_cursor"
  case misc
  /// The 9×9 glyphs around the hero.
  case glyphCrop = "glyph_crop"
  /// The 12×12 characters of the terminal around the hero, as symbols of `TerminalTiles`: ONI's picture.
  case tileCrop = "tile_crop"
  /// `blstats` as Int32, with ONI's scales.
  case status

  /// All arrays of NLE, in NLE's order.
  public static let game: [NetHackObservation] = allCases.filter { !$0.isDerived }
  /// The arrays that the policy network reads by default.
  public static let training: [NetHackObservation] = [.glyphCrop, .status, .message]

  static let cropSide = 9
  static let tileCropSide = 12
  static let statusCount = 27
  static let messageByteCount = 256

  /// Whether Tengu computes it and not the game.
  var isDerived: Bool { [.glyphCrop, .tileCrop, .status].contains(self) }

  /// The keys called `names`, or `training`.
  /// - Throws: `EnvironmentError` that names an unknown or repeated key.
  static func keys(named names: [String]?) throws -> [NetHackObservation] {
    guard let names else { return training }
    var keys: [NetHackObservation] = []
    for name in names {
      guard let key = NetHackObservation(rawValue: name) else {
        let known = allCases.map(\.rawValue).joined(separator: ", ")
        throw EnvironmentError("unknown NetHack observation \"\(name)\"; known ones: \(known)")
      }
      guard !keys.contains(key) else { throw EnvironmentError("NetHack observation \"\(name)\" is named twice") }
      keys.append(key)
    }
    return keys
  }

  /// Type, shape and encoding. Arrays that an agent should not see, or cannot read directly, are `hidden`.
  public var field: ObservationField {
    let map = [NetHackMap.rows, NetHackMap.columns]
    let terminal = [NetHackTerminal.rows, NetHackTerminal.columns]
    let glyph = ObservationEncoding.categorical(cardinality: NetHackGlyph.count)
    let byte = ObservationEncoding.categorical(cardinality: 256)
    switch self {
    case .glyphs: return field(.int16, map, glyph)
    case .chars, .specials: return field(.uint8, map, byte)
    case .colors: return field(.uint8, map, .categorical(cardinality: 16))
    case .blstats: return field(.int64, [Self.statusCount], .hidden)
    case .message: return field(.uint8, [Self.messageByteCount], .text)
    case .programState: return field(.int32, [6], .hidden)
    case .internal: return field(.int32, [9], .hidden)
    case .inventoryGlyphs: return field(.int16, [55], glyph)
    case .inventoryStrings: return field(.uint8, [55, 80], .hidden)
    case .inventoryLetters: return field(.uint8, [55], byte)
    case .inventoryClasses: return field(.uint8, [55], .categorical(cardinality: 19))
    case .terminalChars: return field(.uint8, terminal, .hidden)
    case .terminalColors: return field(.int8, terminal, .hidden)
    case .terminalCursor: return field(.uint8, [2], .hidden)
    case .misc: return field(.int32, [3], .hidden)
    case .glyphCrop: return field(.int16, [Self.cropSide, Self.cropSide], glyph)
    case .tileCrop:
      let side = Self.tileCropSide
      return field(
        .int16, [side, side],
        .tiles(SymbolTiles(side: TerminalTiles.side, masks: TerminalTiles.masks, colours: TerminalTiles.colours)))
    case .status: return field(.int32, [Self.statusCount], .numeric(scale: Self.statusScale))
    }
  }

  private func field(
    _ type: ScalarType, _ shape: [Int], _ encoding: ObservationEncoding
  ) -> ObservationField {
    ObservationField(rawValue, type, shape, encoding)
  }

  /// Multipliers of the 27 status values; 0 keeps a value from the network.
  private static let statusScale: [Float] = [
    1 / 79, 1 / 21, 0,  // x, y, strength with its percentage in 25ths
    0.1, 0.1, 0.1, 0.1, 0.1, 0.1,  // strength, dexterity, constitution, intelligence, wisdom, charisma
    0, 0.1, 0.1, 0, 1 / 1000,  // score, hit points, their maximum, depth, gold
    0.1, 0.1, 0.1, 0, 0.1,  // energy, its maximum, armour class, monster level, experience level
    1 / 100, 1 / 1000, 1, 0.1,  // experience points, time, hunger, burden
    0, 0, 0, 0,  // dungeon number, level number, condition, alignment
  ]
}
