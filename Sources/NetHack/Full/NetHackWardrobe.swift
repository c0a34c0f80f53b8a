import CNetHack

/// Which clothes, weapons and jewellery can be put on and taken off.
extension NetHackLegality {
  func allowClothes() {
    let (items, types) = (situation.items, situation.types)
    let weaponIsStuck = situation.isStuck(TENGU_WORN_WEAPON)
    let freeFingers = (0..<items.packed).count { items.pack[$0].isWorn(TENGU_WORN_RINGS) } < 2
    for index in 0..<items.packed {
      let item = items.pack[index]
      switch item.kindOfThing {
      case .armour:
        if item.isWorn(TENGU_WORN_ARMOUR) {
          if canTakeOff(item) { allow(.takeOff, item: index) }
        } else if canWear(item) {
          allow(.wear, item: index)
        }
      case .ring:
        if item.isWorn(TENGU_WORN_RINGS) {
          if !item.isKnownCursed { allow(.remove, item: index) }
        } else if freeFingers && !situation.isStuck(TENGU_WORN_GLOVES) {
          allow(.putOn, item: index)
        }
      case .amulet: allowJewel(index, item, at: TENGU_WORN_AMULET)
      case .tool where types.eyewear.contains(item.type): allowJewel(index, item, at: TENGU_WORN_BLINDFOLD)
      default: break
      }
      let isWeapon = item.kindOfThing == .weapon || types.weaponTools.contains(item.type)
      let fitsHands = item.two_handed == 0 || !situation.wears(TENGU_WORN_SHIELD)
      if isWeapon && !item.isWorn(TENGU_WORN_WEAPON) && !weaponIsStuck && fitsHands { allow(.wield, item: index) }
    }
    allow(.bareHands, if: situation.wears(TENGU_WORN_WEAPON) && !weaponIsStuck)
    allow(.swapWeapons, if: situation.wears(TENGU_WORN_ALTERNATE) && !weaponIsStuck)
  }

  private func allowJewel(_ index: Int, _ item: tengu_nethack_item, at place: Int) {
    if item.isWorn(place) {
      if !item.isKnownCursed { allow(.remove, item: index) }
    } else if !situation.wears(place) {
      allow(.putOn, item: index)
    }
  }

  /// Places of armour by the game's category: suit, shield, helm, gloves, boots, cloak, shirt.
  private static let places = [
    TENGU_WORN_SUIT, TENGU_WORN_SHIELD, TENGU_WORN_HELM, TENGU_WORN_GLOVES, TENGU_WORN_BOOTS, TENGU_WORN_CLOAK,
    TENGU_WORN_SHIRT,
  ]

  private func canWear(_ item: tengu_nethack_item) -> Bool {
    guard Self.places.indices.contains(Int(item.armour)) else { return false }
    let place = Self.places[Int(item.armour)]
    if situation.wears(place) { return false }
    switch place {
    case TENGU_WORN_SUIT: return !situation.wears(TENGU_WORN_CLOAK)
    case TENGU_WORN_SHIRT: return !situation.wears(TENGU_WORN_CLOAK | TENGU_WORN_SUIT)
    case TENGU_WORN_SHIELD:
      let items = situation.items
      return !(0..<items.packed).contains { items.pack[$0].isWorn(TENGU_WORN_WEAPON) && items.pack[$0].two_handed != 0 }
    case TENGU_WORN_GLOVES: return !situation.isStuck(TENGU_WORN_WEAPON)
    default: return true
    }
  }

  private func canTakeOff(_ item: tengu_nethack_item) -> Bool {
    if item.isKnownCursed { return false }
    if item.isWorn(TENGU_WORN_SUIT) { return !situation.wears(TENGU_WORN_CLOAK) }
    if item.isWorn(TENGU_WORN_SHIRT) { return !situation.wears(TENGU_WORN_CLOAK | TENGU_WORN_SUIT) }
    if item.isWorn(TENGU_WORN_GLOVES) { return !situation.isStuck(TENGU_WORN_WEAPON) }
    return true
  }

  /// Searching, which is always legal, and praying.
  ///
  /// A prayer without need angers the god, and most early deaths of agents that may pray at any time are its work. So it is
  /// legal in need only, and long enough after the latest one.
  func allowRest() {
    let hero = situation.hero
    allow(.search, if: true)
    allow(.searchLong, if: situation.survey.adjacentFoes == 0)
    let isDying = hero.hit_points < 6 || hero.hit_points * 7 <= hero.maximum_hit_points
    let isRested = situation.latestPrayer.map { hero.turns - $0 > Self.prayerPause } ?? (hero.turns > Self.firstPrayer)
    allow(.pray, if: isRested && (isDying || hero.hunger >= 3))
  }

  /// Turns between prayers: the timeout is below 1000 in almost all cases, and in need 200 of it may be left.
  static let prayerPause: Int64 = 900
  /// The timeout starts at 300.
  static let firstPrayer: Int64 = 100
}
