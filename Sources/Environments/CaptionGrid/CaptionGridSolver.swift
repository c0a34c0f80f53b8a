extension CaptionGridState {
  /// The number of steps of a shortest way to win from here without stepping on a trap: to the key and take it, to the
  /// door, unlock it and open it, through it to the stairs. nil if there is no way. The value of a state for a player
  /// who plays perfectly is discount^(steps - 1).
  public var stepsToWin: Int? {
    if doorIsOpen { return map.safeCells.distance(from: hero, to: CellSet(map.stairs)) }
    var near = map.safeCells
    near.remove(map.door)
    let fronts = near.neighbours(of: map.door)
    var start = hero
    var steps = doorIsUnlocked ? 1 : 2  // to unlock and to open
    if !hasKey {
      guard let toKey = near.distance(from: hero, to: CellSet(map.key)) else { return nil }
      steps += toKey + 1
      start = map.key
    }
    // The hero's side of the door has one front cell.
    guard let toDoor = near.distance(from: start, to: fronts) else { return nil }
    let front = CellSet(start).flooded(within: near).intersection(fronts)
    guard let through = map.safeCells.distance(from: map.door, to: CellSet(map.stairs)), front.count == 1 else {
      return nil
    }
    return steps + toDoor + 1 + through
  }
}
