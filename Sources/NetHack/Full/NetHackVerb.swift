import Trajectories

/// What the hero of `NetHackFull` can do in one action. The raw value is the choice of the action's first factor.
public enum NetHackVerb: Int, Sendable, CaseIterable {
  case move, run, fight, kick
  case down, up, travelDown, travelUp, explore, fetch, digDown
  case search, searchLong
  case pickUp, eat, eatFloor, quaff, read
  case zap, cast, throwItem, fire
  case wield, bareHands, swapWeapons, wear, takeOff, putOn, remove
  case apply, drop, tip
  case pray, elbereth, pay

  /// The thing that a verb needs, and from which set.
  var item: ItemArgument? {
    switch self {
    case .pickUp: .floor
    case .cast: .spell
    case .eat, .quaff, .read, .zap, .throwItem, .wield, .wear, .takeOff, .putOn, .remove, .apply, .drop: .pack
    default: nil
    }
  }

  var hasDirection: Bool {
    switch self {
    case .move, .run, .fight, .kick, .zap, .cast, .throwItem, .fire, .apply: true
    default: false
    }
  }

  enum ItemArgument {
    case pack, floor, spell

    /// Choices of the factor.
    var count: Int {
      switch self {
      case .pack: NetHackItems.packCount
      case .floor: NetHackItems.floorCount
      case .spell: NetHackItems.spellCount
      }
    }

    /// The observation's set of things that the factor chooses from.
    var set: String? {
      switch self {
      case .pack: "pack"
      case .floor: "floor"
      case .spell: "spells"
      }
    }
  }

  /// Lower case words, for people.
  var name: String {
    switch self {
    case .travelDown: "travel down"
    case .travelUp: "travel up"
    case .digDown: "dig down"
    case .searchLong: "search long"
    case .pickUp: "pick up"
    case .eatFloor: "eat from the floor"
    case .throwItem: "throw"
    case .bareHands: "bare hands"
    case .swapWeapons: "swap weapons"
    case .takeOff: "take off"
    case .putOn: "put on"
    default: "\(self)"
    }
  }
}

/// The factored actions: the verb, then for each verb that needs them a thing and a direction of its own.
///
/// A factor belongs to one verb, so its mask and its distribution are those of the argument given the verb: sampling the factors
/// independently, and then reading those that the verb uses, is sampling the verb first and its arguments after it.
enum NetHackActions {
  /// Directions of a factor, in the order of `NetHackAction.compass`.
  static let directions = 8

  /// Where a verb's arguments are among the factors; nil for a verb without.
  struct Places: Sendable {
    var item: Int?
    var direction: Int?
  }

  static let places: [Places] = {
    var next = 1
    return NetHackVerb.allCases.map { verb in
      var places = Places()
      if verb.item != nil {
        places.item = next
        next += 1
      }
      if verb.hasDirection {
        places.direction = next
        next += 1
      }
      return places
    }
  }()

  /// Choices of each factor.
  static let counts: [Int] =
    [NetHackVerb.allCases.count]
    + NetHackVerb.allCases.flatMap { verb in
      (verb.item.map { [$0.count] } ?? []) + (verb.hasDirection ? [directions] : [])
    }

  /// The first byte of each factor in the mask.
  static let offsets: [Int] = counts.indices.map { counts[..<$0].reduce(0, +) }

  static let maskBytes = counts.reduce(0, +)

  static let structure = ActionStructure(
    uses: places.map { [$0.item, $0.direction].compactMap { $0 } },
    sets: [nil]
      + NetHackVerb.allCases.flatMap { verb -> [String?] in
        (verb.item.map { [$0.set] } ?? []) + (verb.hasDirection ? [nil] : [])
      })
}

/// One action of `NetHackFull`, decoded.
struct NetHackFullAction: Hashable, CustomStringConvertible {
  let verb: NetHackVerb
  /// Index in the verb's set; 0 for a verb without a thing.
  var item = 0
  /// 0 for a verb without a direction.
  var direction = 0

  init(_ verb: NetHackVerb, item: Int = 0, direction: Int = 0) {
    self.verb = verb
    self.item = item
    self.direction = direction
  }

  /// nil if the first choice is no verb.
  init?(_ choice: ActionChoice) {
    guard let verb = NetHackVerb(rawValue: choice[0]) else { return nil }
    let places = NetHackActions.places[verb.rawValue]
    self.init(verb, item: places.item.map { choice[$0] } ?? 0, direction: places.direction.map { choice[$0] } ?? 0)
  }

  var description: String { description(thing: "\(item)") }

  /// - Parameter thing: what the action's thing is called.
  func description(thing: String) -> String {
    let way = ["north", "east", "south", "west", "north-east", "south-east", "south-west", "north-west"]
    return verb.name + (verb.item == nil ? "" : " \(thing)") + (verb.hasDirection ? " \(way[direction])" : "")
  }
}
