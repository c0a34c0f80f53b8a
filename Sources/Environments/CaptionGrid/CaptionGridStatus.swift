/// The elements of the observation's `status` field, in order.
///
/// Flags are 0 or 1. A way is the first step of a shortest way around walls and traps, as NetHack's travel command
/// walks it: south and east 1, north and west -1, and 0 on arrival. The map is lit: landmarks are known from the start,
/// and what is hard about the world is to find out what to do, not where.
public enum CaptionGridStatus: Int, Sendable, CaseIterable {
  /// 1 ... 7, from the north.
  case row
  /// 1 ... 7, from the west.
  case column
  case hasKey
  case doorIsUnlocked
  case doorIsOpen
  /// The way to the key; 0 once the hero has it.
  case keySouth
  case keyEast
  case doorSouth
  case doorEast
  /// The way to the stairs leads through the door, open or not.
  case stairsSouth
  case stairsEast
  /// The key lies under the hero.
  case standsOnKey
  /// The hero stands on one of the door's neighbours.
  case standsAtDoor

  /// What a network multiplies the element by.
  var scale: Float {
    switch self {
    case .row, .column: 0.25
    default: 1
    }
  }
}
