/// What the hero can do. Raw values are the environment's action numbers.
public enum CaptionGridAction: Int, Sendable, CaseIterable {
  case north
  case south
  case west
  case east
  /// Picks up what lies under the hero.
  case pickUp
  /// Works on the door beside the hero: unlocks it with the key, then opens it.
  case open
  case wait

  /// Change of cell number of a move, 0 for the other actions.
  var cellOffset: Int {
    switch self {
    case .north: -CellSet.side
    case .south: CellSet.side
    case .west: -1
    case .east: 1
    case .pickUp, .open, .wait: 0
    }
  }
}
