import Environments

/// MiniHack's tasks: its rules and actions, in levels of this program's own that are what its descriptions say.
public enum MiniHackTasks {
  /// The part of a task's name before the colon and MiniHack's own name.
  public static let prefix = "minihack"

  private static let rogue = "rog-hum-cha-mal"
  private static let caveman = "cav-hum-neu-mal"

  public static let all: [NetHackTask] = rooms + corridors + keyRooms + mazes + rivers + hiding + skills + quests

  /// - Throws: `EnvironmentError` that lists the tasks if there is no such one.
  static func task(named name: String) throws -> NetHackTask {
    guard let task = all.first(where: { $0.name == name }) else {
      throw EnvironmentError(
        "there is no task \(name); known ones of MiniHack: \(all.map(\.name).joined(separator: ", "))")
    }
    return task
  }

  /// The task's name among those of all games.
  private static func full(_ name: String) -> String { "\(prefix):\(name)" }

  /// A task in which the hero walks to the stairs.
  private static func walk(
    _ name: String, _ summary: String, _ level: LevelText, limit: Int, keys: [UInt8] = [],
    prompts: NetHackPrompts = .skipped
  ) -> NetHackTask {
    NetHackTask(
      full(name), summary, actions: NetHackAction.compass + keys, prompts: prompts, reward: .success(1),
      success: .onStairsDown, maximumEpisodeSteps: limit, character: rogue,
      level: NetHackLevel(text: level, picksUp: true))
  }

  private static var rooms: [NetHackTask] {
    [(5, 1, 1), (15, 3, 15)].flatMap { side, monsters, traps in
      [
        ("", "with fixed places", MiniHackNavigation.room(side: side, isRandom: false)),
        ("Random-", "with random places", MiniHackNavigation.room(side: side)),
        ("Dark-", "in the dark", MiniHackNavigation.room(side: side, isLit: false)),
        ("Monster-", "with monsters", MiniHackNavigation.room(side: side, monsters: monsters)),
        ("Trap-", "with teleportation traps", MiniHackNavigation.room(side: side, traps: traps)),
        (
          "Ultimate-", "in the dark, with monsters and traps",
          MiniHackNavigation.room(side: side, isLit: false, monsters: monsters, traps: traps)
        ),
      ].map { name, what, level in
        walk(
          "Room-\(name)\(side)x\(side)", "walk to the stairs in a room of \(side) x \(side), \(what)", level,
          limit: 20 * side)
      }
    }
  }

  private static var corridors: [NetHackTask] {
    [2, 3, 5].map { rooms in
      walk(
        "Corridor-R\(rooms)", "find the stairs in \(rooms) rooms with corridors",
        MiniHackNavigation.corridor(rooms: rooms), limit: 1000, keys: [111, 4, 115])
    }
  }

  private static var keyRooms: [NetHackTask] {
    func task(_ name: String, _ what: String, _ level: LevelText, _ limit: Int) -> NetHackTask {
      walk(
        "KeyRoom-\(name)", "take a key and open a locked room, \(what)", level, limit: limit,
        keys: [44, NetHackAction.apply], prompts: .unlocking)
    }
    return [
      task("Fixed-S5", "5 x 5, with fixed places", MiniHackNavigation.fixedKeyRoom(), 200),
      task("S5", "5 x 5", MiniHackNavigation.keyRoom(side: 5, inner: 2), 200),
      task("S15", "15 x 15", MiniHackNavigation.keyRoom(side: 15, inner: 5), 400),
      task("Dark-S5", "5 x 5, in the dark", MiniHackNavigation.keyRoom(side: 5, inner: 2, isLit: false), 200),
      task("Dark-S15", "15 x 15, in the dark", MiniHackNavigation.keyRoom(side: 15, inner: 5, isLit: false), 400),
    ]
  }

  private static var mazes: [NetHackTask] {
    [(9, 9, 200), (15, 15, 1000), (45, 19, 1000)].flatMap { width, height, limit in
      [("", ""), ("Mapped-", ", with a map")].map { name, what in
        walk(
          "MazeWalk-\(name)\(width)x\(height)", "walk through a maze of \(width) x \(height)\(what)",
          MiniHackTerrain.maze(width: width, height: height, isMapped: !name.isEmpty), limit: limit)
      }
    }
  }

  private static var rivers: [NetHackTask] {
    [
      ("River-Narrow", "", MiniHackTerrain.river(width: 1)),
      ("River", "", MiniHackTerrain.river(width: 2)),
      ("River-Monster", ", among monsters", MiniHackTerrain.river(width: 2, monsters: 5)),
      ("River-Lava", ", without those of lava", MiniHackTerrain.river(width: 2, hasLava: true)),
      (
        "River-MonsterLava", ", among monsters, without those of lava",
        MiniHackTerrain.river(width: 2, monsters: 5, hasLava: true)
      ),
    ].map { name, what, level in walk(name, "push boulders into a river and cross it\(what)", level, limit: 350) }
  }

  private static var hiding: [NetHackTask] {
    [
      ("HideNSeek", "", MiniHackTerrain.hideAndSeek(width: 11, height: 9), 200),
      ("HideNSeek-Mapped", ", with a map", MiniHackTerrain.hideAndSeek(width: 11, height: 9, isMapped: true), 200),
      ("HideNSeek-Lava", ", with lava", MiniHackTerrain.hideAndSeek(width: 11, height: 9, hasLava: true), 200),
      ("HideNSeek-Big", ", in a larger room", MiniHackTerrain.hideAndSeek(width: 25, height: 11), 400),
    ].map { name, what, level, limit in
      walk(name, "pass a strong monster behind trees and clouds\(what)", level, limit: limit)
    }
  }

  private static var skills: [NetHackTask] {
    let things: [(String, String, Character, String, NetHackEvent)] = [
      (
        "Eat", "eat an apple", "%", "apple",
        NetHackEvent(
          .message([
            "This apple is delicious", "Core dumped.", "Must be a Macintosh!", "Rotten food!", "last bite of your meal",
          ]))
      ),
      ("Wear", "wear a robe", "[", "robe", NetHackEvent(.message(["You are now wearing a robe"]))),
      (
        "Wield", "wield a dagger", ")", "dagger",
        NetHackEvent(.message(["dagger welds itself to your hand!", "dagger (weapon in hand)"]))
      ),
      (
        "Zap", "zap a wand of enlightenment", "/", "enlightenment",
        NetHackEvent(.message(["The feeling subsides."]))
      ),
      ("PutOn", "put on an amulet", "\"", "amulet of life saving", NetHackEvent(.amulet)),
    ]
    return things.flatMap { name, summary, kind, thing, event in
      MiniHackSkills.Variant.allCases.map { variant in
        NetHackTask(
          full(name + variant.rawValue), "\(summary)\(variant.summary)", actions: NetHackAction.skills,
          prompts: .questions, reward: .success(0), success: .events, maximumEpisodeSteps: 250, character: caveman,
          level: NetHackLevel(text: MiniHackSkills.room(kind, thing, variant), picksUp: false), events: [event])
      }
    }
  }

  private static var quests: [NetHackTask] {
    [
      NetHackTask(
        full("Quest-Easy"), "freeze lava, pass monsters and reach the stairs", actions: NetHackAction.skills,
        prompts: .questions, reward: .success(1), success: .onStairsDown, maximumEpisodeSteps: 500, character: caveman,
        level: NetHackLevel(text: MiniHackSkills.easyQuest(), picksUp: false))
    ]
  }
}

extension MiniHackSkills.Variant {
  /// The end of a task's summary.
  fileprivate var summary: String {
    switch self {
    case .random: ""
    case .fixed: ", with fixed places"
    case .distracting: ", among other things and monsters"
    }
  }
}
