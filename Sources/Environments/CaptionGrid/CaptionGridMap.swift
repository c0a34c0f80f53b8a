import Runtime
import Tensor

/// One map: two rooms joined by a gap, and a third behind a locked door.
///
/// Before it is turned and mirrored a map looks like this (`H` hero, `k` key, `+` locked door, `>` stairs, `^` trap):
/// ```
/// #########
/// #  k|   #    The partition (column 4 or 5) parts the hero's side from the stairs.
/// # ^ |   #    The division (row 3 to 5) parts the hero's side into two rooms with a gap between them;
/// #-- | ^ #    the key lies in the one that does not have the door.
/// #   +   #
/// # H |   #
/// #   | > #
/// #   |   #
/// #########
/// ```
/// Every map can be won without stepping on a trap. A value of fixed size: copying it allocates nothing.
public struct CaptionGridMap: Sendable {
  public static let side = CellSet.side
  public static let cellCount = CellSet.cellCount
  static let trapCount = 3
  static let goldCount = 2
  static let trapKinds: [CaptionGridTile] = [.pit, .spikedPit, .landMine]
  static let itemKinds: [CaptionGridTile] = [.apple, .dagger, .scroll]
  /// Draws of the traps before a map does without them; about one draw in five closes a way.
  static let maximumTrapDraws = 16

  /// What lies on each cell, row-major, number = row * 9 + column.
  public internal(set) var tiles: InlineArray<81, CaptionGridTile>
  public private(set) var start = 0
  public private(set) var key = 0
  public private(set) var door = 0
  public private(set) var stairs = 0

  /// Where a hero can walk alive once the door is open.
  private(set) var safeCells = CellSet()

  /// The map of `seed`; the same seed gives the same map.
  public init(seed: UInt64) {
    tiles = InlineArray(repeating: .outerWall)
    var generator = RandomGenerator(seed: seed)
    let rooms = CaptionGridRooms(using: &generator)
    for row in 1..<(Self.side - 1) {
      for column in 1..<(Self.side - 1) { tiles[row * Self.side + column] = .innerWall }
    }
    lay(.floor, on: rooms.floor)
    placeLandmarks(in: rooms, using: &generator)
    placeTraps(in: rooms, using: &generator)
    placeDistractors(in: rooms, using: &generator)
    noteSafeCells()
  }

  private mutating func lay(_ tile: CaptionGridTile, on cells: CellSet) {
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

  /// Whether key and door can be reached before the door is open, and the stairs after.
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

  private mutating func noteSafeCells() {
    for cell in 0..<Self.cellCount {
      let tile = tiles[cell]
      if cell == door || !(tile.blocksMovement || tile.isTrap) { safeCells.insert(cell) }
    }
  }
}
