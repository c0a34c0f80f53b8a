/// What lies on one cell. Raw values are those of the observation's `cells` field.
public enum CaptionGridTile: UInt8, Sendable, CaseIterable {
  /// Outside the map.
  case stone
  /// The border of the map.
  case outerWall
  case innerWall
  case floor
  case key
  case lockedDoor
  /// Unlocked, not yet opened.
  case closedDoor
  case openDoor
  /// Down stairs: the goal.
  case stairs
  case pit
  case spikedPit
  case landMine
  case gold
  case apple
  case dagger
  case scroll
  case fountain

  /// Deadly to step on.
  public var isTrap: Bool { self == .pit || self == .spikedPit || self == .landMine }

  /// A hero cannot move there.
  public var blocksMovement: Bool {
    switch self {
    case .stone, .outerWall, .innerWall, .lockedDoor, .closedDoor: true
    default: false
    }
  }
}
