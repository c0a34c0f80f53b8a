import Runtime
import Tensor

/// The state of an episode as a value: to look ahead, copy it and step the copy.
///
/// The next state depends on this one and the action only. The value has no heap storage.
public struct CaptionGridState: Sendable {
  /// Among the steps without a caption, one in this many gets the caption of a noise.
  static let stepsPerNoise = 24

  public private(set) var map: CaptionGridMap
  /// The hero's cell number.
  public private(set) var hero: Int
  public private(set) var hasKey = false
  /// Number of steps so far.
  public private(set) var stepCount = 0
  /// Steps after which the episode is truncated.
  public let maximumSteps: Int
  private var generator: RandomGenerator

  /// The first state of the episode that `seed` determines.
  /// - Parameters:
  ///   - layouts: number of distinct maps (map = seed mod layouts); 0 draws every map from its seed.
  ///   - difficulties: number of classes (class = seed mod difficulties, the hardest one last), 0 to 4. In the class before
  ///     the last the hero has the key already, in the one before it the door is unlocked too, and then open; 0 and 1 leave
  ///     everything to do.
  ///   - maximumSteps: steps after which the episode is truncated, at least 1.
  public init(seed: UInt64, layouts: Int = 0, difficulties: Int = 0, maximumSteps: Int) {
    map = CaptionGridMap(seed: layouts > 0 ? seed % UInt64(layouts) : seed)
    hero = map.start
    self.maximumSteps = maximumSteps
    generator = RandomGenerator(seed: ~seed)  // noises differ between episodes on the same map
    if difficulties > 1 { begin(withDone: difficulties - 1 - Int(seed % UInt64(difficulties))) }
  }

  /// Does the first stages of the task: takes the key, unlocks the door, opens it.
  private mutating func begin(withDone stages: Int) {
    guard stages > 0 else { return }
    hasKey = true
    map.tiles[map.key] = .floor
    if stages > 1 { map.tiles[map.door] = stages > 2 ? .openDoor : .closedDoor }
  }

  public var doorIsUnlocked: Bool { map.tiles[map.door] != .lockedDoor }
  public var doorIsOpen: Bool { map.tiles[map.door] == .openDoor }
  /// Whether the hero is on one of the door's four neighbours. Two of them are walls, so no row wraps around.
  public var isNextToDoor: Bool {
    let distance = abs(hero - map.door)
    return distance == 1 || distance == CellSet.side
  }

  /// Applies an action and returns the transition and the caption. Must not be called after the end of the episode.
  public mutating func step(_ action: CaptionGridAction) -> (transition: Transition, caption: CaptionGridCaption) {
    stepCount += 1
    var caption: CaptionGridCaption
    switch action {
    case .north, .south, .west, .east: caption = move(by: action.cellOffset)
    case .pickUp: caption = pickUp()
    case .open: caption = openDoor()
    case .wait: caption = .none
    }
    let tile = map.tiles[hero]
    if tile == .stairs {
      return (Transition(reward: 1, terminated: true, succeeded: true), caption)
    }
    if tile.isTrap {
      return (Transition(reward: 0, terminated: true), caption)
    }
    if caption == .none, generator.below(Self.stepsPerNoise) == 0 {
      caption = CaptionGridCaption.noises[generator.below(CaptionGridCaption.noises.count)]
    }
    return (Transition(reward: 0, truncated: stepCount >= maximumSteps), caption)
  }

  private mutating func move(by offset: Int) -> CaptionGridCaption {
    let target = hero + offset  // inside the map: the border is walls, and the hero is never on it
    let tile = map.tiles[target]
    if !tile.blocksMovement { hero = target }
    switch tile {
    case .outerWall, .stone: return .hitsSolidStone
    case .innerWall: return .hitsWall
    case .lockedDoor: return .doorIsLocked
    case .closedDoor: return .doorIsClosed
    case .floor: return .none
    case .key: return .seesKey
    case .openDoor: return .entersDoorway
    case .stairs: return .takesStairs
    case .pit: return .fallsIntoPit
    case .spikedPit: return .landsOnSpikes
    case .landMine: return .stepsOnLandMine
    case .gold:
      map.tiles[target] = .floor
      return CaptionGridCaption.gold[target % CaptionGridCaption.gold.count]
    case .apple: return .seesApple
    case .dagger: return .seesDagger
    case .scroll: return .seesScroll
    case .fountain: return .seesFountain
    }
  }

  private mutating func pickUp() -> CaptionGridCaption {
    let caption: CaptionGridCaption
    switch map.tiles[hero] {
    case .key:
      hasKey = true
      caption = .picksUpKey
    case .apple: caption = .picksUpApple
    case .dagger: caption = .picksUpDagger
    case .scroll: caption = .picksUpScroll
    case .fountain: return .cannotPickUpFountain
    default: return .nothingToPickUp
    }
    map.tiles[hero] = .floor
    return caption
  }

  private mutating func openDoor() -> CaptionGridCaption {
    guard isNextToDoor else { return .noDoorHere }
    switch map.tiles[map.door] {
    case .lockedDoor:
      if !hasKey { return .doorIsLocked }
      map.tiles[map.door] = .closedDoor
      return .unlocksDoor
    case .closedDoor:
      map.tiles[map.door] = .openDoor
      return .opensDoor
    default: return .doorIsAlreadyOpen
    }
  }
}

/// The hero's actions. The raw values are the environment's action indices.
public enum CaptionGridAction: Int, Sendable, CaseIterable {
  case north
  case south
  case west
  case east
  /// Picks up the item on the hero's cell.
  case pickUp
  /// Unlocks the door next to the hero with the key, or opens it if it is unlocked.
  case open
  case wait

  /// Change of the hero's cell index by a move; 0 for the other actions.
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
