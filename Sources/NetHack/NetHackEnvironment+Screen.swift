import Environments

extension NetHackEnvironment: ScreenShowing {
  /// The observations that a screen is made of.
  static let screenKeys = [NetHackObservation.terminalChars, .terminalColors, .terminalCursor].map(\.rawValue)

  public var screen: Screen? {
    guard let characters = buffers.terminalChars, let colours = buffers.terminalColors else { return nil }
    var screen = Screen(rows: NetHackTerminal.rows, columns: NetHackTerminal.columns)
    for square in 0..<(screen.rows * screen.columns) {
      screen.characters[square] = characters[square]
      // NLE's colours are a terminal's, with more bits for inverse text.
      screen.colours[square] = UInt8(bitPattern: colours[square]) & 15
    }
    if let cursor = buffers.source(of: .terminalCursor)?.assumingMemoryBound(to: UInt8.self) {
      screen.cursor = (Int(cursor[0]), Int(cursor[1]))
    }
    return screen
  }

  /// The key it presses, as NetHack's guide writes it.
  public func name(ofAction action: Int) -> String {
    guard task.actions.indices.contains(action) else { return "\(action)" }
    return NetHackAction.name(ofKey: task.actions[action])
  }
}

extension NetHackAction {
  private static let names: [UInt8: String] = [
    carriageReturn: "more", escape: "escape", space: "space", 107: "north", 108: "east", 106: "south", 104: "west",
    117: "north-east", 110: "south-east", 98: "south-west", 121: "north-west", 75: "far north", 76: "far east",
    74: "far south", 72: "far west", 85: "far north-east", 78: "far south-east", 66: "far south-west",
    89: "far north-west", 60: "up", 62: "down", 46: "wait", 4: "kick", 101: "eat", 115: "search", cast: "cast",
    113: "quaff", 240: "pray", 44: "pick up", 112: "pay",
  ]

  /// A command's name where it has one, else the key: "w", "^D", "M-e".
  static func name(ofKey key: UInt8) -> String {
    if let name = names[key] { return name }
    let plain = key & 127
    let text = plain < 32 ? "^" + String(UnicodeScalar(plain + 64)) : String(UnicodeScalar(plain))
    return key > 127 ? "M-" + text : text
  }
}
