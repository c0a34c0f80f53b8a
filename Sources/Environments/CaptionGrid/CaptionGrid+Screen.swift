extension CaptionGrid: ScreenShowing {
  /// The map in NetHack's signs, and below it what the hero has done.
  public var screen: Screen? {
    let side = CaptionGridMap.side
    var screen = Screen(rows: side + 2, columns: Self.screenColumns)
    for row in 0..<side {
      for column in 0..<side {
        let (sign, colour) = state.map.tiles[row * side + column].sign
        screen.write(sign, row: row, column: column, colour: colour)
      }
    }
    let (row, column) = (state.hero / side, state.hero % side)
    screen.write("@", row: row, column: column, colour: 15)
    screen.cursor = (row, column)
    let door = state.doorIsOpen ? "open" : state.doorIsUnlocked ? "unlocked" : "locked"
    screen.write("key: \(state.hasKey ? "yes" : "no")  door: \(door)", row: side + 1)
    return screen
  }

  private static let screenColumns = 40

  public func name(ofAction action: Int) -> String {
    switch CaptionGridAction(rawValue: action) {
    case nil: "\(action)"
    case .pickUp: "pick up"
    case let action?: "\(action)"
    }
  }
}

extension CaptionGridTile {
  /// NetHack's sign and a terminal's colour.
  var sign: (text: String, colour: UInt8) {
    switch self {
    case .stone: (" ", 7)
    case .outerWall, .innerWall: ("#", 7)
    case .floor: (".", 8)
    case .key: ("(", 14)
    case .lockedDoor: ("+", 9)
    case .closedDoor: ("+", 3)
    case .openDoor: ("'", 3)
    case .stairs: (">", 15)
    case .pit, .spikedPit, .landMine: ("^", 9)
    case .gold: ("$", 11)
    case .apple: ("%", 9)
    case .dagger: (")", 6)
    case .scroll: ("?", 15)
    case .fountain: ("{", 12)
    }
  }
}
