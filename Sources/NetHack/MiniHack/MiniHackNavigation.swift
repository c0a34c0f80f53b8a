/// Levels in which a hero walks to the stairs: rooms, corridors, and a room behind a locked door.
enum MiniHackNavigation {
  /// A square room. The hero starts in its upper left corner and the stairs are in the lower right one, or both are anywhere.
  static func room(
    side: Int, isRandom: Bool = true, isLit: Bool = true, monsters: Int = 0, traps: Int = 0
  ) -> LevelText {
    // The column of rock at the right edge is the place where no hero can be.
    var level = LevelText(map: Array(repeating: String(repeating: ".", count: side) + " ", count: side))
    let room = LevelArea(left: 0, top: 0, right: side - 1, bottom: side - 1)
    level.addArea(room, isLit: isLit)
    level.addPlaces("room", room)
    let place = LevelText.randomPlace(in: "room")
    level.addStart(in: isRandom ? room : LevelArea(0, 0), forbidden: LevelArea(side, 0))
    level.add("STAIR: \(isRandom ? place : "(\(side - 1),\(side - 1))"),down")
    level.add("MONSTER: random,\(place)", times: monsters)
    level.add("TRAP: \"teleport\",\(place)", times: traps)
    return level
  }

  /// Rooms that corridors connect, one with the stairs. The hero starts in any room, in another one than the stairs if there are
  /// three or more.
  static func corridor(rooms: Int) -> LevelText {
    var level = LevelText()
    for index in 0..<rooms {
      level.add("ROOM: \"ordinary\",random,random,random,random {")
      if index == 0 { level.add("  STAIR: random,down") }
      level.add("}")
    }
    level.add("RANDOM_CORRIDORS")
    return level
  }

  /// A room with a key, and the stairs in a smaller room within it, whose door is locked.
  /// - Parameters:
  ///   - side: of the outer room.
  ///   - inner: side of the inner room.
  static func keyRoom(side: Int, inner: Int, isLit: Bool = true) -> LevelText {
    let light = isLit ? "lit" : "unlit"
    var level = LevelText()
    level.add("ROOM: \"ordinary\",\(light),(3,3),(center,center),(\(side),\(side)) {")
    level.add("  SUBROOM: \"ordinary\",\(light),random,(\(inner),\(inner)) {")
    level.add("    STAIR: random,down\n    ROOMDOOR: false,locked,random,random\n  }")
    // After the inner room, so that the key is not in it.
    level.add("  OBJECT: ('(',\"skeleton key\"),random\n}")
    return level
  }

  /// The smallest room with a key, in which everything always has the same place.
  static func fixedKeyRoom() -> LevelText {
    var level = LevelText(map: [
      "-------",
      "|..|..|",
      "|..+..|",
      "|..----",
      "|.....|",
      "|.....|",
      "-------",
    ])
    level.addArea(LevelArea(left: 1, top: 1, right: 5, bottom: 5), isLit: true)
    level.add("DOOR: locked,(3,2)")
    level.add("OBJECT: ('(',\"skeleton key\"),(3,5)")
    level.addStart(in: LevelArea(5, 5), forbidden: LevelArea(0, 0))
    level.add("STAIR: (5,1),down")
    return level
  }
}
