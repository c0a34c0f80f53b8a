/// The keys of action indices, in index order. These are NLE's tables: an action index means the same key as there.
public enum NetHackAction {
  /// Dismisses a message ("--More--").
  static let carriageReturn: UInt8 = 13
  static let escape: UInt8 = 27
  static let space: UInt8 = 32
  /// a: uses a tool.
  static let apply: UInt8 = 97
  /// Z: opens the menu of known spells.
  static let cast: UInt8 = 90
  /// y: north-west, and "yes" at a question.
  static let yes: UInt8 = 121
  /// Meta-e: opens the menu of skills.
  static let enhance: UInt8 = 229
  /// Meta-q: quits the game.
  static let quit: UInt8 = 241

  /// k l j h u n b y: one step N, E, S, W, NE, SE, SW, NW.
  static let compass: [UInt8] = [107, 108, 106, 104, 117, 110, 98, 121]
  /// The same directions in capitals: run until something interesting comes up.
  static let runs: [UInt8] = [75, 76, 74, 72, 85, 78, 66, 89]
  /// < > . : up, down, wait.
  static let stairs: [UInt8] = [60, 62, 46]

  /// MiniHack's skills (85): `useful` without the stairs up.
  static let skills: [UInt8] = useful.filter { $0 != 60 }

  /// NLE's TASK_ACTIONS (23): MORE, steps, runs, < > ., kick, eat, search.
  public static let task: [UInt8] = [carriageReturn] + compass + runs + stairs + [4, 101, 115]

  /// ONI's actions (28): `task`, then cast, quaff, pray, pick up, pay.
  public static let extended: [UInt8] = task + [cast, 113, 240, 44, 112]

  /// NLE's ACTIONS (121), the whole keyboard.
  public static let keyboard: [UInt8] =
    compass + runs + stairs + [
      13, 35, 191, 225, 193, 97, 24, 64, 67, 90, 227, 99, 195, 228, 100, 68, 101, 69, 229, 27, 70, 102, 230, 59, 86,
      105, 73, 233, 234, 4, 92, 96, 58, 236, 237, 109, 77, 239, 111, 79, 15, 112, 44, 240, 80, 113, 241, 81, 114, 18,
      82, 210, 242, 103, 71, 83, 115, 42, 34, 91, 36, 61, 43, 40, 94, 41, 33, 243, 120, 84, 65, 20, 116, 212, 95, 244,
      88, 245, 246, 118, 87, 38, 47, 119, 247, 122, 43, 45, 32, 39, 34, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 36,
    ]

  /// NLE's USEFUL_ACTIONS (86): the keyboard without keys for human players, wizard mode and text.
  public static let useful: [UInt8] =
    compass + runs + stairs + [
      13, 225, 97, 24, 67, 90, 227, 99, 228, 100, 68, 101, 69, 229, 27, 70, 102, 230, 105, 73, 233, 234, 4, 58, 236,
      237, 109, 77, 239, 111, 112, 44, 240, 80, 113, 81, 114, 82, 210, 242, 103, 71, 115, 91, 61, 40, 94, 41, 33, 243,
      120, 84, 65, 116, 212, 244, 88, 245, 118, 87, 119, 247, 122, 43, 34, 36, 32,
    ]
}

extension NetHackAction {
  private static let names: [UInt8: String] = [
    carriageReturn: "more", escape: "escape", space: "space", 107: "north", 108: "east", 106: "south", 104: "west",
    117: "north-east", 110: "south-east", 98: "south-west", 121: "north-west", 75: "far north", 76: "far east",
    74: "far south", 72: "far west", 85: "far north-east", 78: "far south-east", 66: "far south-west",
    89: "far north-west", 60: "up", 62: "down", 46: "wait", 4: "kick", 101: "eat", 115: "search", cast: "cast",
    113: "quaff", 240: "pray", 44: "pick up", 112: "pay", apply: "apply", 111: "open",
  ]

  /// The name of a command; if it has none, the key itself: "w", "^D", "M-e".
  static func name(ofKey key: UInt8) -> String {
    if let name = names[key] { return name }
    let plain = key & 127
    let text = plain < 32 ? "^" + String(UnicodeScalar(plain + 64)) : String(UnicodeScalar(plain))
    return key > 127 ? "M-" + text : text
  }
}
