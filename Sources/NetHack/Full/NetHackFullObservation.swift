import CNetHack
import Environments
import Glibc
import Tensor
import Trajectories

/// The fields of an observation of `NetHackFull`.
enum NetHackFullField: String, CaseIterable {
  case crop = "glyph_crop"
  /// Role, race, gender and alignment.
  case identity
  /// What the hero stands on, and the verb of the previous action.
  case context
  case numbers
  case message
  case packKinds = "pack_kinds"
  case packStates = "pack_states"
  case floorKinds = "floor_kinds"
  case floorStates = "floor_states"
  case spells
  case legal

  private static let roles = 13
  private static let races = 5
  private static let genders = 2
  private static let alignments = 3
  private static let underfoot = 40

  var field: ObservationField {
    func field(_ type: ScalarType, _ shape: [Int], _ encoding: ObservationEncoding) -> ObservationField {
      ObservationField(rawValue, type, shape, encoding)
    }
    func member(_ set: String, states: Bool = false) -> ObservationEncoding {
      .member(cardinality: states ? NetHackItems.stateCount : NetHackItems.kindCount, set: set)
    }
    switch self {
    case .crop:
      let side = NetHackObservation.cropSide
      return field(.int16, [side, side], .categorical(cardinality: NetHackGlyph.count))
    case .identity:
      return field(
        .uint8, [4], .categorical(cardinality: Self.roles + Self.races + Self.genders + Self.alignments))
    case .context:
      return field(.uint8, [2], .categorical(cardinality: Self.underfoot + 1 + NetHackVerb.allCases.count))
    case .numbers: return field(.float32, [NetHackNumbers.count], .numeric(scale: [1]))
    case .message: return field(.uint8, [NetHackObservation.messageByteCount], .text)
    case .packKinds: return field(.int16, [NetHackItems.packCount], member("pack"))
    case .packStates: return field(.uint8, [NetHackItems.packCount], member("pack", states: true))
    case .floorKinds: return field(.int16, [NetHackItems.floorCount], member("floor"))
    case .floorStates: return field(.uint8, [NetHackItems.floorCount], member("floor", states: true))
    case .spells: return field(.int16, [NetHackItems.spellCount], member("spells"))
    case .legal: return field(.uint8, [NetHackActions.maskBytes], .structuredMask(NetHackActions.structure))
    }
  }

  static let layout = ObservationLayout(allCases.map(\.field))

  /// Four categories of one table.
  static func writeIdentity(_ hero: tengu_nethack_hero, _ row: UnsafeMutablePointer<UInt8>) {
    func part(_ value: Int32, _ count: Int, after start: Int) -> UInt8 {
      UInt8(clamping: start + min(max(Int(value), 0), count - 1))
    }
    row[0] = part(hero.role, roles, after: 0)
    row[1] = part(hero.race, races, after: roles)
    row[2] = part(hero.gender, genders, after: roles + races)
    row[3] = part(hero.alignment + 1, alignments, after: roles + races + genders)
  }

  /// - Parameter verb: of the previous action; nil at the start.
  static func writeContext(_ hero: tengu_nethack_hero, _ verb: NetHackVerb?, _ row: UnsafeMutablePointer<UInt8>) {
    // Doors to fountains; everything else is one category.
    let first = Int32(NetHackGlyph.noDoor)
    let kind = hero.underfoot >= first && hero.underfoot < first + Int32(underfoot) - 1 ? hero.underfoot - first + 1 : 0
    row[0] = UInt8(clamping: kind)
    row[1] = UInt8(clamping: underfoot + (verb.map { $0.rawValue + 1 } ?? 0))
  }
}

/// The numbers of an observation, scaled to about -1 to 1.
struct NetHackNumbers {
  static let count = 80

  private let numbers: UnsafeMutablePointer<Float>
  private var next = 0

  /// Clocks of an episode that a player keeps in mind.
  struct Clocks {
    var turnsSincePrayer: Int64?
    var turnsSinceKill: Int64?
    var stepsOnLevel = 0
    /// Whether the latest action took time.
    var tookTime = true
  }

  static func write(
    _ hero: tengu_nethack_hero, _ items: NetHackItems, _ survey: NetHackSurvey, _ clocks: Clocks,
    _ numbers: UnsafeMutablePointer<Float>
  ) {
    var writer = NetHackNumbers(numbers: numbers)
    writer.addBody(hero)
    writer.addProgress(hero)
    writer.addSurroundings(survey, hero)
    writer.addClocks(clocks, items)
    precondition(writer.next <= count, "the numbers do not fit")
    while writer.next < count { writer.add(0) }
  }

  private init(numbers: UnsafeMutablePointer<Float>) { self.numbers = numbers }

  private mutating func add(_ value: Float) {
    numbers[next] = value
    next += 1
  }

  private mutating func add(_ value: some BinaryInteger, _ scale: Float) { add(Float(value) * scale) }

  /// log(1 + x), for numbers of any size.
  private mutating func addLog(_ value: some BinaryInteger, _ scale: Float) {
    add(log1pf(max(0, Float(value))) * scale)
  }

  private mutating func addBody(_ hero: tengu_nethack_hero) {
    add(Float(hero.hit_points) / Float(max(1, hero.maximum_hit_points)))
    addLog(hero.hit_points, 0.25)
    addLog(hero.maximum_hit_points, 0.25)
    add(Float(hero.energy) / Float(max(1, hero.maximum_energy)))
    addLog(hero.energy, 0.25)
    add(hero.armour_class, 0.1)
    withUnsafeBytes(of: hero.attributes) { bytes in
      for value in bytes.bindMemory(to: Int32.self) { add(value, 0.05) }
    }
    for state in 0..<5 { add(hero.hunger == state ? 1 : 0) }
    add(hero.burden, 0.3)
    addLog(hero.room_left, 0.15)
    for bit in 0..<13 { add(hero.conditions >> bit & 1, 1) }
    add(hero.trapped > 0 ? 1 : 0)
    add(hero.swallowed, 1)
    add(hero.polymorphed, 1)
    add(hero.reaches_floor, 1)
    add(hero.in_shop, 1)
  }

  private mutating func addProgress(_ hero: tengu_nethack_hero) {
    add(hero.experience_level, 0.1)
    addLog(hero.experience, 0.15)
    add(hero.depth, 0.1)
    add(hero.deepest, 0.1)
    addLog(hero.gold, 0.15)
    addLog(hero.score, 0.12)
    addLog(hero.turns, 0.12)
    for dungeon in 0..<4 { add(hero.dungeon == dungeon ? 1 : 0) }
    add(hero.x, 1 / 79)
    add(hero.y, 1 / 21)
  }

  private mutating func addSurroundings(_ survey: NetHackSurvey, _ hero: tengu_nethack_hero) {
    func way(_ place: NetHackPlace?) -> (Float, Float, Float) {
      guard let place else { return (0, 0, 0) }
      return (1, Float(place.x - survey.hero.x) / 20, Float(place.y - survey.hero.y) / 10)
    }
    for place in [survey.stairsDown, survey.stairsUp, survey.nearestFoe, survey.nearestThing] {
      let (isThere, x, y) = way(place)
      add(isThere)
      add(x)
      add(y)
    }
    add(survey.adjacentFoes, 0.3)
    add(survey.foes.count, 0.1)
    add(survey.squaresSeen, 1 / 500)
  }

  private mutating func addClocks(_ clocks: Clocks, _ items: NetHackItems) {
    add(clocks.turnsSincePrayer == nil ? 1 : 0)
    add(min(1, Float(clocks.turnsSincePrayer ?? 1_000) / 1_000))
    add(min(1, Float(clocks.turnsSinceKill ?? 50) / 50))
    addLog(clocks.stepsOnLevel, 0.12)
    add(clocks.tookTime ? 1 : 0)
    add(items.packed, 1 / 30)
    add(items.lying, 0.1)
  }
}
