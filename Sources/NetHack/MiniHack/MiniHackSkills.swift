/// Levels in which a hero has to use a thing.
enum MiniHackSkills {
  /// How a room with a thing varies.
  enum Variant: String, CaseIterable {
    /// The hero and the thing are anywhere.
    case random = ""
    /// The hero is in the middle, and the thing in a corner.
    case fixed = "-Fixed"
    /// As `random`, with other things and monsters in the room.
    case distracting = "-Distr"
  }

  /// A room of 5 x 5 squares with a thing.
  /// - Parameters:
  ///   - kind: the game's symbol of the thing's class.
  ///   - name: as the game knows it when it is identified.
  static func room(_ kind: Character, _ name: String, _ variant: Variant) -> LevelText {
    let side = 5
    var level = LevelText(map: Array(repeating: String(repeating: ".", count: side) + " ", count: side))
    let room = LevelArea(left: 0, top: 0, right: side - 1, bottom: side - 1)
    level.addArea(room, isLit: true)
    level.addPlaces("room", room)
    let place = LevelText.randomPlace(in: "room")
    level.add("OBJECT: ('\(kind)',\"\(name)\"),\(variant == .fixed ? "(0,0)" : place)")
    if variant == .distracting {
      level.add("OBJECT: random,\(place)", times: 2)
      level.add("MONSTER: random,\(place)", times: 2)
    }
    level.addStart(
      in: variant == .fixed ? LevelArea(side / 2, side / 2) : room, forbidden: LevelArea(side, 0))
    return level
  }

  /// A river of lava between the hero and the stairs. A wand of cold turns lava into ground; monsters wait behind it.
  static func easyQuest() -> LevelText {
    var level = LevelText(map: [
      "------------------------   ",
      "|......L......---------    ",
      "|......L...............--- ",
      "|......L.................| ",
      "|......L...............--- ",
      "|......L......---------    ",
      "------------------------   ",
    ])
    level.addArea(LevelArea(left: 1, top: 1, right: 24, bottom: 5), isLit: true)
    level.addPlaces("start", LevelArea(left: 1, top: 1, right: 5, bottom: 5))
    level.addPlaces("behind", LevelArea(left: 8, top: 1, right: 13, bottom: 5))
    level.add("OBJECT: ('/',\"cold\"),\(LevelText.randomPlace(in: "start"))")
    level.add("MONSTER: ('d',\"jackal\"),\(LevelText.randomPlace(in: "behind")),hostile")
    level.add("MONSTER: ('k',\"kobold\"),\(LevelText.randomPlace(in: "behind")),hostile")
    level.addStart(in: LevelArea(left: 1, top: 1, right: 5, bottom: 5), forbidden: LevelArea(26, 0))
    level.add("STAIR: (24,3),down")
    return level
  }
}
