import CNetHack

/// The things that the hero has, stands on, and can cast, as the player knows them. Read again after every action.
struct NetHackItems {
  /// Slots of the inventory that the interface shows.
  static let packCount = TENGU_NETHACK_ITEMS
  /// Things on the floor that it shows; more lie there rarely.
  static let floorCount = 12
  static let spellCount = TENGU_NETHACK_SPELLS

  /// Kinds of things, and 0 for none.
  static let kindCount = 1 + 2 * TENGU_NETHACK_TYPES + 18
  /// What is known of a thing apart from its kind, and 0 for none.
  static let stateCount = 1 + 4 * 3 * 4 * 2

  private(set) var pack: [tengu_nethack_item] = Array(repeating: .init(), count: packCount)
  private(set) var floor: [tengu_nethack_item] = Array(repeating: .init(), count: floorCount)
  private(set) var spells: [tengu_nethack_spell] = Array(repeating: .init(), count: spellCount)
  private(set) var packed = 0
  private(set) var lying = 0
  private(set) var known = 0

  mutating func read(_ world: UnsafePointer<tengu_nethack_world>) {
    packed = Int(tengu_nethack_read_inventory(world, &pack, Int32(Self.packCount)))
    lying = Int(tengu_nethack_read_floor(world, &floor, Int32(Self.floorCount)))
    known = Int(tengu_nethack_read_spells(world, &spells, Int32(Self.spellCount)))
  }

  /// Writes kinds and states of the pack and the floor.
  func write(
    packKinds: UnsafeMutablePointer<Int16>, packStates: UnsafeMutablePointer<UInt8>,
    floorKinds: UnsafeMutablePointer<Int16>, floorStates: UnsafeMutablePointer<UInt8>,
    spellKinds: UnsafeMutablePointer<Int16>
  ) {
    for index in 0..<Self.packCount {
      packKinds[index] = index < packed ? Self.kind(pack[index]) : 0
      packStates[index] = index < packed ? Self.state(pack[index]) : 0
    }
    for index in 0..<Self.floorCount {
      floorKinds[index] = index < lying ? Self.kind(floor[index]) : 0
      floorStates[index] = index < lying ? Self.state(floor[index]) : 0
    }
    for index in 0..<Self.spellCount {
      spellKinds[index] = index < known ? Int16(clamping: 1 + spells[index].type) : 0
    }
  }

  static func kind(_ item: tengu_nethack_item) -> Int16 { Int16(clamping: min(1 + Int(item.kind), kindCount - 1)) }

  /// Blessing, place on the body, enchantment, and whether there are several.
  static func state(_ item: tengu_nethack_item) -> UInt8 {
    let ready = TENGU_WORN_QUIVER | TENGU_WORN_ALTERNATE
    let place = item.isWorn(~ready) ? 1 : item.isWorn(ready) ? 2 : 0
    let charm = item.enchantment
    let level = Int(charm) == TENGU_UNKNOWN_ENCHANTMENT ? 0 : charm < 0 ? 1 : charm == 0 ? 2 : 3
    return UInt8(clamping: 1 + ((Int(item.blessing & 3) * 3 + place) * 4 + level) * 2 + (item.count > 1 ? 1 : 0))
  }
}

extension tengu_nethack_item {
  /// Classes of objects, as the game numbers them.
  enum Class: UInt8 {
    case weapon = 2
    case armour, ring, amulet, tool, food, potion, scroll, book, wand, coin, gem, rock, ball, chain
  }

  var kindOfThing: Class? { Class(rawValue: item_class) }

  /// Whether it is worn, wielded or ready at one of these places (TENGU_WORN constants).
  func isWorn(_ places: Int) -> Bool { Int(worn) & places != 0 }

  /// Known to be cursed.
  var isKnownCursed: Bool { blessing == 1 }
}
