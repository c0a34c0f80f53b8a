/// Levels whose ground is the difficulty: mazes, a river, and trees and clouds to hide behind.
enum MiniHackTerrain {
  /// A maze of a width and a height that count its outer walls: both odd, the height at most 19. The hero starts anywhere, and
  /// the stairs are in the lower right corner.
  ///
  /// The game digs a maze from one cell to the next through rock, two squares at a time, and only at odd coordinates of the
  /// screen. The map's corner is at such coordinates, so cells have even coordinates of the map. A second wall around the
  /// outer one keeps the maze in; the game turns it into rock. The largest height leaves no row for it, and needs none.
  static func maze(width: Int, height: Int, isMapped: Bool = false) -> LevelText {
    let (right, bottom) = (width - 1, height - 1)  // the last cells
    let rows = (0...min(height + 1, 19)).map { y in
      String(
        (0...width + 1).map { x -> Character in
          let isCell = x % 2 == 0 && y % 2 == 0 && (2...right).contains(x) && (2...bottom).contains(y)
          return isCell ? " " : y > 1 && y <= bottom && (x < 2 || x > right) ? "|" : "-"
        })
    }
    var level = LevelText(map: rows, flags: isMapped ? ["premapped"] : [])
    level.add("MAZEWALK: (2,2),east")
    level.addStart(in: LevelArea(left: 2, top: 2, right: right, bottom: bottom), forbidden: LevelArea(0, 0))
    level.add("STAIR: (\(right),\(bottom)),down")
    return level
  }

  /// A river with the hero and boulders on one side and the stairs on the other: a boulder that is pushed into water becomes
  /// ground.
  /// - Parameters:
  ///   - width: of the river.
  ///   - monsters: on the hero's side.
  ///   - hasLava: whether some of the river is lava, in which a boulder can be lost.
  static func river(width: Int, monsters: Int = 0, hasLava: Bool = false) -> LevelText {
    let (bank, rows, total, boulders) = (18, 7, 25, 5)
    let row =
      String(repeating: ".", count: bank) + String(repeating: "}", count: width)
      + String(repeating: ".", count: total - bank - width) + " "
    var level = LevelText(map: Array(repeating: row, count: rows))
    level.addArea(LevelArea(left: 0, top: 0, right: total - 1, bottom: rows - 1), isLit: true)
    let water = LevelArea(left: bank, top: 0, right: bank + width - 1, bottom: rows - 1)
    if hasLava { level.add("REPLACE_TERRAIN: \(water),'}','L',40%") }
    // A boulder at an edge could not be pushed across.
    level.addPlaces("bank", LevelArea(left: 2, top: 1, right: bank - 3, bottom: rows - 2))
    level.addPlaces("other", LevelArea(left: bank + width, top: 0, right: total - 1, bottom: rows - 1))
    level.add("OBJECT: ('`',\"boulder\"),\(LevelText.randomPlace(in: "bank"))", times: boulders)
    level.add("MONSTER: random,\(LevelText.randomPlace(in: "bank"))", times: monsters)
    level.addStart(in: LevelArea(left: 0, top: 0, right: 1, bottom: rows - 1), forbidden: LevelArea(total, 0))
    level.add("STAIR: \(LevelText.randomPlace(in: "other")),down")
    return level
  }

  /// Trees and clouds, which hide the hero from a monster that is too strong for it. The way around a tree is always free.
  static func hideAndSeek(width: Int, height: Int, isMapped: Bool = false, hasLava: Bool = false) -> LevelText {
    let row = String(repeating: ".", count: width) + " "
    var level = LevelText(map: Array(repeating: row, count: height), flags: isMapped ? ["premapped"] : [])
    let all = LevelArea(left: 0, top: 0, right: width - 1, bottom: height - 1)
    level.addArea(all, isLit: true)
    for y in stride(from: 1, to: height - 1, by: 2) {
      for x in stride(from: 1, to: width - 1, by: 2) {
        level.add("REPLACE_TERRAIN: \(LevelArea(x, y)),'.','T',50%")
        if hasLava { level.add("REPLACE_TERRAIN: \(LevelArea(x, y)),'.','L',50%") }
      }
    }
    // Neither where the hero starts nor where the stairs are.
    let clouds = LevelArea(left: 1, top: 0, right: width - 2, bottom: height - 1)
    level.add("REPLACE_TERRAIN: \(clouds),'.','C',30%")
    level.add("$monsters = monster: { 'O','T','Y','Z' }\nSHUFFLE: $monsters")
    level.add("MONSTER: $monsters[0],(\(width - 1),0),hostile")
    level.addStart(in: LevelArea(0, 0), forbidden: LevelArea(width, 0))
    level.add("STAIR: (\(width - 1),\(height - 1)),down")
    return level
  }
}
