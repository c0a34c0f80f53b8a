import CNetHack

/// Types of objects by their names, found once for each library.
struct NetHackTypes {
  let pickAxes: Set<Int32>
  let containers: Set<Int32>
  /// Worn over the eyes.
  let eyewear: Set<Int32>
  /// Tools that do harm or nothing when they are applied with one answer.
  let uselessTools: Set<Int32>
  /// Tools that are weapons.
  let weaponTools: Set<Int32>
  let heavy: Set<Int32>
  let corpse: Int32

  /// Corpses that turn the eater to stone or slime, by number of the monster.
  static let deadlyCorpses: Set<Int32> = [9, 10, 207]

  init(_ world: UnsafePointer<tengu_nethack_world>) {
    func types(_ names: String...) -> Set<Int32> {
      Set(names.map { tengu_nethack_type_named(world, $0) }.filter { $0 >= 0 })
    }
    pickAxes = types("pick-axe", "dwarvish mattock")
    containers = types(
      "large box", "chest", "ice box", "sack", "oilskin sack", "bag of holding", "bag of tricks")
    eyewear = types("blindfold", "towel", "lenses")
    uselessTools = types(
      "magic marker", "saddle", "leash", "tinning kit", "tin opener", "can of grease", "skeleton key", "crystal ball")
    weaponTools = types("pick-axe", "unicorn horn", "grappling hook")
    heavy = types("boulder", "statue")
    corpse = tengu_nethack_type_named(world, "corpse")
  }
}

/// What an action's mask is made from: the state of the game as a player sees it.
struct NetHackSituation {
  let hero: tengu_nethack_hero
  let items: NetHackItems
  let survey: NetHackSurvey
  let glyphs: UnsafePointer<Int16>
  let types: NetHackTypes
  /// Where the hero would go to explore, and to fetch something.
  let goals: NetHackExplorer.Goals
  /// The turn of the latest prayer; nil if there was none.
  let latestPrayer: Int64?

  func has(_ condition: Int32) -> Bool { hero.conditions & condition != 0 }

  static let blind: Int32 = 32
  static let stunned: Int32 = 128
  static let levitating: Int32 = 1024

  /// The glyph next to the hero in a direction; nil beyond the map.
  func glyph(_ direction: Int) -> Int16? {
    let place = survey.hero + NetHackPlace.steps[direction]
    return place.isOnMap ? glyphs[place.square] : nil
  }

  func isPeaceful(_ direction: Int) -> Bool {
    let place = survey.hero + NetHackPlace.steps[direction]
    guard let glyph = glyph(direction), NetHackGlyph.isMonster(glyph) else { return false }
    return !NetHackGlyph.pets.contains(glyph) && glyph != NetHackGlyph.unseenMonster && !survey.foes.contains(place)
  }

  func isFoe(_ direction: Int) -> Bool { survey.foes.contains(survey.hero + NetHackPlace.steps[direction]) }

  /// Weapons, armour and rings that are known to be cursed cannot be taken off.
  func isStuck(_ places: Int) -> Bool {
    (0..<items.packed).contains { items.pack[$0].isWorn(places) && items.pack[$0].isKnownCursed }
  }

  func wears(_ places: Int) -> Bool { (0..<items.packed).contains { items.pack[$0].isWorn(places) } }
}

/// Writes which actions are legal: one byte for each choice of each factor. A choice is legal if the game does something with it;
/// what is unwise stays legal, with the exceptions of `allowPrayer`, deadly corpses and attacks on the peaceful.
struct NetHackLegality {
  let situation: NetHackSituation
  private let mask: UnsafeMutablePointer<UInt8>

  /// - Parameter mask: [`NetHackActions.maskBytes`], overwritten.
  static func write(
    _ situation: NetHackSituation, _ refusals: NetHackRefusals, into mask: UnsafeMutablePointer<UInt8>
  ) {
    mask.update(repeating: 0, count: NetHackActions.maskBytes)
    let legality = NetHackLegality(situation: situation, mask: mask)
    legality.allowMoves()
    legality.allowPlaces()
    legality.allowThings()
    legality.allowMissiles()
    legality.allowClothes()
    legality.allowRest()
    refusals.forEachMasked(legality.forbid)
    legality.closeVerbs()
  }

  func allow(_ verb: NetHackVerb, item: Int? = nil, direction: Int? = nil) {
    mask[verb.rawValue] = 1
    let places = NetHackActions.places[verb.rawValue]
    if let item, let factor = places.item { mask[NetHackActions.offsets[factor] + item] = 1 }
    if let direction, let factor = places.direction { mask[NetHackActions.offsets[factor] + direction] = 1 }
  }

  func allow(_ verb: NetHackVerb, if condition: Bool) {
    if condition { mask[verb.rawValue] = 1 }
  }

  /// Takes out the most specific choice of a refused action.
  private func forbid(_ action: NetHackFullAction) {
    let places = NetHackActions.places[action.verb.rawValue]
    if action.verb == .search {
      return  // one verb is always legal
    } else if let factor = places.item {
      mask[NetHackActions.offsets[factor] + action.item] = 0
    } else if let factor = places.direction {
      mask[NetHackActions.offsets[factor] + action.direction] = 0
    } else {
      mask[action.verb.rawValue] = 0
    }
  }

  /// A verb is legal only if each of its arguments has a legal choice.
  private func closeVerbs() {
    for verb in NetHackVerb.allCases where mask[verb.rawValue] != 0 {
      let places = NetHackActions.places[verb.rawValue]
      for factor in [places.item, places.direction] {
        guard let factor else { continue }
        let start = NetHackActions.offsets[factor]
        if !(start..<start + NetHackActions.counts[factor]).contains(where: { mask[$0] != 0 }) {
          mask[verb.rawValue] = 0
        }
      }
    }
  }

  private func allowMoves() {
    let underfoot = Int16(clamping: situation.hero.underfoot)
    let isBlind = situation.has(NetHackSituation.blind)
    for direction in 0..<NetHackActions.directions {
      guard let glyph = situation.glyph(direction), !NetHackGlyph.walls.contains(glyph) else { continue }
      let isFoe = situation.isFoe(direction)
      if isFoe || glyph == NetHackGlyph.unseenMonster { allow(.fight, direction: direction) }
      if situation.isPeaceful(direction) || NetHackGlyph.obstacles.contains(glyph) { continue }
      // Rock next to the hero is seen for what it is, except by the blind.
      if glyph == NetHackGlyph.unexplored && !isBlind { continue }
      if NetHackGlyph.closedDoors.contains(glyph) || isFoe { allow(.kick, direction: direction) }
      if direction >= 4 && !isFoe && (NetHackGlyph.isDoor(glyph) || NetHackGlyph.isDoor(underfoot)) { continue }
      allow(.move, direction: direction)
      if !NetHackGlyph.isMonster(glyph) { allow(.run, direction: direction) }
    }
    let isLight = situation.has(NetHackSituation.levitating)
    if isLight || situation.hero.trapped > 0 || situation.hero.swallowed != 0 { mask[NetHackVerb.kick.rawValue] = 0 }
  }

  private func allowPlaces() {
    let (hero, survey) = (situation.hero, situation.survey)
    let underfoot = Int16(clamping: hero.underfoot)
    let isLight = situation.has(NetHackSituation.levitating)
    let canTravel = hero.swallowed == 0 && hero.trapped == 0
    allow(
      .down, if: !isLight && (underfoot == NetHackGlyph.stairsDown || underfoot == NetHackGlyph.ladderDown))
    allow(
      .up,
      if: !isLight && hero.depth > 1 && (underfoot == NetHackGlyph.stairsUp || underfoot == NetHackGlyph.ladderUp))
    // If nothing is left to explore, stairs without a known way may be worth an attempt.
    let goals = situation.goals
    let isClosed = goals.frontier != nil
    func leads(_ stairs: NetHackPlace?, _ isReached: Bool) -> Bool {
      guard let stairs, canTravel, stairs != survey.hero else { return false }
      return isReached || !isClosed
    }
    allow(.travelDown, if: leads(survey.stairsDown, goals.reachesStairsDown))
    allow(.travelUp, if: hero.depth > 1 && leads(survey.stairsUp, goals.reachesStairsUp))
    allow(.explore, if: canTravel && goals.frontier != nil)
    allow(.fetch, if: canTravel && goals.thing != nil)
    let isFirm = !(NetHackGlyph.stairsUp...NetHackGlyph.fountain).contains(underfoot)
    let canDig = hero.reaches_floor != 0 && isFirm && hero.swallowed == 0 && !situation.isStuck(TENGU_WORN_WEAPON)
    allow(.digDown, if: canDig && firstPickAxe != nil)
    allow(
      .elbereth,
      if: hero.reaches_floor != 0 && hero.swallowed == 0 && isFirm && !situation.has(NetHackSituation.blind))
  }

  private var firstPickAxe: Int? {
    (0..<situation.items.packed).first { situation.types.pickAxes.contains(situation.items.pack[$0].type) }
  }

  private func allowThings() {
    let (hero, items, types) = (situation.hero, situation.items, situation.types)
    let reaches = hero.reaches_floor != 0 && hero.swallowed == 0
    for index in 0..<items.lying where reaches {
      let item = items.floor[index]
      if hero.in_shop == 0 && !types.heavy.contains(item.type) { allow(.pickUp, item: index) }
      if hero.hunger > 0 && isEdible(item) { allow(.eatFloor, if: hero.in_shop == 0) }
      if types.containers.contains(item.type) && hero.in_shop == 0 { allow(.tip, if: true) }
    }
    for index in 0..<items.packed {
      let item = items.pack[index]
      switch item.kindOfThing {
      case .food: if hero.hunger > 0 && isEdible(item) { allow(.eat, item: index) }
      case .potion: if hero.swallowed == 0 { allow(.quaff, item: index) }
      case .scroll, .book: if !situation.has(NetHackSituation.blind) { allow(.read, item: index) }
      case .tool:
        if types.containers.contains(item.type) || types.uselessTools.contains(item.type) { break }
        allow(.apply, item: index)
      default: break
      }
      if item.unpaid != 0 { allow(.pay, if: true) }
      if item.kindOfThing != .coin && !item.isWorn(~(TENGU_WORN_QUIVER | TENGU_WORN_ALTERNATE)) {
        allow(.drop, item: index)
      }
    }
    if mask[NetHackVerb.apply.rawValue] != 0 {
      for direction in 0..<NetHackActions.directions { allow(.apply, direction: direction) }
    }
  }

  private func isEdible(_ item: tengu_nethack_item) -> Bool {
    item.kindOfThing == .food && !NetHackTypes.deadlyCorpses.contains(item.monster)
  }

  private func allowMissiles() {
    let (hero, items, survey) = (situation.hero, situation.items, situation.survey)
    let canCast = !situation.has(NetHackSituation.stunned) && hero.hunger < 3
    for index in 0..<items.known where canCast {
      let spell = items.spells[index]
      if spell.memory > 0 && hero.energy >= 5 * spell.level { allow(.cast, item: index) }
    }
    var hasQuiver = false
    for index in 0..<items.packed {
      let item = items.pack[index]
      if item.isWorn(TENGU_WORN_QUIVER) { hasQuiver = true }
      switch item.kindOfThing {
      case .wand: if item.enchantment != 0 && Int(item.enchantment) != -1 { allow(.zap, item: index) }
      case .weapon, .gem:
        if !item.isWorn(TENGU_WORN_WEAPON) || item.count > 1 { allow(.throwItem, item: index) }
      default: break
      }
    }
    for direction in 0..<NetHackActions.directions {
      allow(.cast, direction: direction, onlyArgument: true)
      allow(.zap, direction: direction, onlyArgument: true)
      guard hero.swallowed != 0 || survey.canHit(direction, situation.glyphs) else { continue }
      allow(.throwItem, direction: direction, onlyArgument: true)
      if hasQuiver { allow(.fire, direction: direction) }
    }
  }

  /// A direction of a verb that needs a thing, too: it alone makes the verb no choice.
  private func allow(_ verb: NetHackVerb, direction: Int, onlyArgument: Bool) {
    guard let factor = NetHackActions.places[verb.rawValue].direction else { return }
    mask[NetHackActions.offsets[factor] + direction] = 1
  }
}
