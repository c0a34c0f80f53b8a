import Runtime
import Tensor

/// A set of cells of a 9 by 9 map with one bit per cell, so that floods and random choices take a few machine instructions.
///
/// The index of a cell is row * 9 + column. A flood does not wrap around the edges because every map has a border of walls.
struct CellSet: Sendable, Hashable {
  static let side = 9
  static let cellCount = side * side

  private(set) var bits: UInt128 = 0

  init() {}

  init(_ cell: Int) { insert(cell) }

  /// For tests: the list of cells may be allocated.
  init(_ cells: Int...) {
    for cell in cells { insert(cell) }
  }

  private init(bits: UInt128) { self.bits = bits }

  var count: Int { bits.nonzeroBitCount }

  func contains(_ cell: Int) -> Bool { (bits >> cell) & 1 == 1 }

  mutating func insert(_ cell: Int) { bits |= UInt128(1) << cell }

  mutating func remove(_ cell: Int) { bits &= ~(UInt128(1) << cell) }

  func subtracting(_ other: CellSet) -> CellSet { CellSet(bits: bits & ~other.bits) }

  func intersection(_ other: CellSet) -> CellSet { CellSet(bits: bits & other.bits) }

  func union(_ other: CellSet) -> CellSet { CellSet(bits: bits | other.bits) }

  /// These cells and their four neighbours.
  private var spread: CellSet {
    let horizontal: UInt128 = (bits << 1) | (bits >> 1)
    let vertical: UInt128 = (bits << Self.side) | (bits >> Self.side)
    return CellSet(bits: bits | horizontal | vertical)
  }

  /// The cells of `open` that are connected with these through cells of `open`.
  func flooded(within open: CellSet) -> CellSet {
    var reached = CellSet(bits: bits & open.bits)
    while true {
      let next = CellSet(bits: reached.spread.bits & open.bits)
      if next == reached { return reached }
      reached = next
    }
  }

  /// The change of the cell index in the first step of a shortest way from `start` to `goal` through these cells; 0 if
  /// there is no way or `start` is `goal`. Among several ways it takes the first of north, west, east, south.
  func firstStep(from start: Int, to goal: Int) -> Int {
    if start == goal { return 0 }
    let neighbours = CellSet(start).spread.bits & bits
    var reached = CellSet(goal)
    while reached.bits & neighbours == 0 {
      let next = reached.spread.bits & bits
      if next == reached.bits { return 0 }
      reached = CellSet(bits: next)
    }
    return (reached.bits & neighbours).trailingZeroBitCount - start
  }

  /// The number of steps of a shortest way from `start` to the nearest of `goals` through these cells, the goal's own
  /// included; nil if there is no way.
  func distance(from start: Int, to goals: CellSet) -> Int? {
    var reached = CellSet(start)
    var steps = 0
    while reached.bits & goals.bits & bits == 0 {
      let next = reached.bits | (reached.spread.bits & bits)
      if next == reached.bits { return nil }
      reached = CellSet(bits: next)
      steps += 1
    }
    return steps
  }

  /// The members that are next to `cell`.
  func neighbours(of cell: Int) -> CellSet { CellSet(bits: CellSet(cell).spread.bits & bits & ~CellSet(cell).bits) }

  /// A uniformly chosen member, or nil if the set is empty.
  func randomCell(using generator: inout RandomGenerator) -> Int? {
    if bits == 0 { return nil }
    var remaining = bits
    for _ in 0..<generator.below(count) { remaining &= remaining &- 1 }
    return remaining.trailingZeroBitCount
  }

  /// Removes and returns a uniformly chosen member, or nil if the set is empty.
  mutating func takeRandomCell(using generator: inout RandomGenerator) -> Int? {
    guard let cell = randomCell(using: &generator) else { return nil }
    remove(cell)
    return cell
  }
}
