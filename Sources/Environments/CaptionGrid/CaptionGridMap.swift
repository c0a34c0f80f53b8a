import Runtime
import Tensor

/// A map: two rooms joined by a gap, and a third one behind a locked door.
///
/// Before rotation and reflection a map looks like this (`H` hero, `k` key, `+` locked door, `>` stairs, `^` trap):
/// ```
/// #########
/// #  k|   #    The partition (column 4 or 5) separates the hero from the stairs.
/// # ^ |   #    The division (row 3 to 5) splits the hero's side into two rooms with a gap between them;
/// #-- | ^ #    the key is in the one without the door.
/// #   +   #
/// # H |   #
/// #   | > #
/// #   |   #
/// #########
/// ```
/// Every map can be won without stepping on a trap. The value has a fixed size: copying it allocates nothing.
public struct CaptionGridMap: Sendable {
  public static let side = CellSet.side
  public static let cellCount = CellSet.cellCount
  static let trapCount = 3
  static let goldCount = 2
  static let trapKinds: [CaptionGridTile] = [.pit, .spikedPit, .landMine]
  static let itemKinds: [CaptionGridTile] = [.apple, .dagger, .scroll]
  /// Attempts to place the traps before the map has none; about one attempt in five blocks the way.
  static let maximumTrapDraws = 16

  /// The tile of each cell, row-major: index = row * 9 + column.
  public internal(set) var tiles: InlineArray<81, CaptionGridTile>
  public private(set) var start = 0
  public private(set) var key = 0
  public private(set) var door = 0
  public private(set) var stairs = 0

  /// The cells that a hero can enter without dying once the door is open.
  private(set) var safeCells = CellSet()

  /// The map of `seed`; the same seed gives the same map.
  public init(seed: UInt64) {
    tiles = InlineArray(repeating: .outerWall)
    var generator = RandomGenerator(seed: seed)
    let rooms = CaptionGridRooms(using: &generator)
    for row in 1..<(Self.side - 1) {
      for column in 1..<(Self.side - 1) { tiles[row * Self.side + column] = .innerWall }
    }
    set(.floor, on: rooms.floor)
    placeLandmarks(in: rooms, using: &generator)
    placeTraps(in: rooms, using: &generator)
    placeDistractors(in: rooms, using: &generator)
    collectSafeCells()
  }

  private mutating func set(_ tile: CaptionGridTile, on cells: CellSet) {
    for cell in 0..<Self.cellCount where cells.contains(cell) { tiles[cell] = tile }
  }

  private mutating func placeLandmarks(in rooms: CaptionGridRooms, using generator: inout RandomGenerator) {
    door = rooms.door
    tiles[door] = .lockedDoor
    key = rooms.keyRoom.randomCell(using: &generator) ?? rooms.doorFront
    tiles[key] = .key
    var starts = rooms.keyRoom.union(rooms.doorRoom)
    starts.remove(key)
    start = starts.randomCell(using: &generator) ?? rooms.doorFront
    var goals = rooms.farRoom
    goals.remove(rooms.doorBack)
    stairs = goals.randomCell(using: &generator) ?? rooms.doorBack
    tiles[stairs] = .stairs
  }

  private mutating func placeTraps(in rooms: CaptionGridRooms, using generator: inout RandomGenerator) {
    var untrapped = rooms.floor
    untrapped.remove(start)
    untrapped.remove(key)
    untrapped.remove(stairs)
    untrapped.remove(rooms.doorFront)
    untrapped.remove(rooms.doorBack)
    untrapped.remove(rooms.gap)
    for _ in 0..<Self.maximumTrapDraws {
      var free = untrapped
      var traps = CellSet()
      for _ in 0..<Self.trapCount {
        if let cell = free.takeRandomCell(using: &generator) { traps.insert(cell) }
      }
      if !isSolvable(in: rooms, avoiding: traps) { continue }
      for cell in 0..<Self.cellCount where traps.contains(cell) {
        tiles[cell] = Self.trapKinds[generator.below(Self.trapKinds.count)]
      }
      return
    }
  }

  /// Whether the hero can reach key and door before the door is open, and the stairs afterwards.
  private func isSolvable(in rooms: CaptionGridRooms, avoiding traps: CellSet) -> Bool {
    let open = rooms.floor.subtracting(traps)
    let near = CellSet(start).flooded(within: open)
    return near.contains(key) && near.contains(rooms.doorFront)
      && CellSet(rooms.doorBack).flooded(within: open).contains(stairs)
  }

  private mutating func placeDistractors(in rooms: CaptionGridRooms, using generator: inout RandomGenerator) {
    var free = CellSet()
    for cell in 0..<Self.cellCount where tiles[cell] == .floor && cell != start { free.insert(cell) }
    for _ in 0..<Self.goldCount {
      if let cell = free.takeRandomCell(using: &generator) { tiles[cell] = .gold }
    }
    let omitted = generator.below(Self.itemKinds.count)
    for (index, item) in Self.itemKinds.enumerated() where index != omitted {
      if let cell = free.takeRandomCell(using: &generator) { tiles[cell] = item }
    }
    if let cell = free.takeRandomCell(using: &generator) { tiles[cell] = .fountain }
  }

  private mutating func collectSafeCells() {
    for cell in 0..<Self.cellCount {
      let tile = tiles[cell]
      if cell == door || !(tile.blocksMovement || tile.isTrap) { safeCells.insert(cell) }
    }
  }
}

/// The content of a cell. The raw values appear in the observation's `cells` field.
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

  /// Whether the hero dies on it.
  public var isTrap: Bool { self == .pit || self == .spikedPit || self == .landMine }

  /// Whether the hero cannot enter it.
  public var blocksMovement: Bool {
    switch self {
    case .stone, .outerWall, .innerWall, .lockedDoor, .closedDoor: true
    default: false
    }
  }
}

extension CaptionGridTile {
  /// NetHack's character and a terminal's colour.
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

/// The rooms of a map as sets of cells, after rotation and reflection.
struct CaptionGridRooms {
  /// The room on the hero's side without the door.
  private(set) var keyRoom = CellSet()
  /// The room on the hero's side with the door.
  private(set) var doorRoom = CellSet()
  /// The room with the stairs.
  private(set) var farRoom = CellSet()
  /// The cell that joins key room and door room.
  let gap: Int
  let door: Int
  /// The cells before the door, on the hero's side, and behind it.
  let doorFront: Int
  let doorBack: Int

  /// All cells without a wall, except the door.
  var floor: CellSet { keyRoom.union(doorRoom).union(farRoom).union(CellSet(gap)) }

  /// Draws the positions of walls, gap and door, and one of the eight symmetries of the square.
  init(using generator: inout RandomGenerator) {
    let last = CellSet.side - 2  // rows and columns 1 ... last are inside the border
    let symmetry = generator.next() >> 61
    func cell(_ row: Int, _ column: Int) -> Int {
      let mirrored = (symmetry & 1 == 0 ? row : CellSet.side - 1 - row)
      let flipped = (symmetry & 2 == 0 ? column : CellSet.side - 1 - column)
      return symmetry & 4 == 0 ? mirrored * CellSet.side + flipped : flipped * CellSet.side + mirrored
    }
    let partition = 4 + generator.below(2)
    let division = 3 + generator.below(3)
    var doorRow = 1 + generator.below(last - 1)
    if doorRow >= division { doorRow += 1 }
    gap = cell(division, 1 + generator.below(partition - 1))
    door = cell(doorRow, partition)
    doorFront = cell(doorRow, partition - 1)
    doorBack = cell(doorRow, partition + 1)
    for row in 1...last {
      for column in 1...last where column != partition {
        if column > partition {
          farRoom.insert(cell(row, column))
        } else if row != division {
          if (row < division) == (doorRow < division) {
            doorRoom.insert(cell(row, column))
          } else {
            keyRoom.insert(cell(row, column))
          }
        }
      }
    }
  }
}
