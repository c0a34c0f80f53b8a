import CNetHack
import Environments
import Glibc

/// Plays one action of `NetHackFull` to its end: sends the verb's keys, answers what the game asks for, and leaves it at the
/// command prompt. No question, menu or page stays open between actions.
///
/// The game may not ask what is expected: it takes off the only ring without a word, and says "You don't have anything to zap."
/// So a letter is sent only at a question that contains the verb's own words; otherwise it would be another command.
struct NetHackDialogue {
  /// Keys of one action at most, apart from those that turn pages.
  private static let maximumKeys = 96
  private static let maximumPages = 400

  let game: any NetHackKeyboard
  let world: UnsafePointer<tengu_nethack_world>

  private var buffers: NetHackBuffers { game.buffers }

  /// Questions that are answered with yes, whatever the verb.
  private static let yes: [StaticString] = [
    "re you sure you want to pray", "nlock it", "ick its lock", "Sell it", "ell them", "Pay?", "ay? [yn]",
    "Shall I remove", "disturb the", "tip it", "ip it?",
  ]

  /// - Parameter pages: receives what the game says.
  /// - Throws: `EnvironmentError` if the game never returns to the command prompt.
  func play(
    _ action: NetHackFullAction, _ situation: NetHackSituation, pages: inout NetHackPages
  ) throws {
    let (items, way) = (situation.items, NetHackAction.compass[action.direction])
    func letter() -> UInt8 { items.pack[min(action.item, NetHackItems.packCount - 1)].letter }
    func use(_ keys: [UInt8], _ gate: StaticString, toward direction: UInt8? = nil) throws {
      type(keys)
      try answer(gate, letter(), &pages)
      if let direction { try answer("direction", direction, &pages) }
    }
    switch action.verb {
    case .move: type([way])
    case .run: type([NetHackAction.runs[action.direction]])
    case .fight: type([UInt8(ascii: "F"), way])
    case .kick:
      type([4])
      try answer("direction", way, &pages)
    case .down: type([UInt8(ascii: ">")])
    case .up: type([UInt8(ascii: "<")])
    case .travelDown: type(Array("_>.".utf8))
    case .travelUp: type(Array("_<.".utf8))
    case .explore: try explore(situation, &pages)
    case .fetch: travel(from: situation.survey.hero, to: situation.goals.thing)
    case .digDown: try digDown(situation, &pages)
    case .search: type([UInt8(ascii: "s")])
    case .searchLong: type(Array("20s".utf8))
    case .pickUp: try pickUp(items.floor[min(action.item, NetHackItems.floorCount - 1)].object, &pages)
    case .eat: try use(Array("me".utf8), "want to eat")
    case .eatFloor: try eatFloor(situation, &pages)
    case .quaff:
      type([UInt8(ascii: "q")])
      try decline("fountain", &pages)
      try decline("sink", &pages)
      try answer("want to drink", letter(), &pages)
    case .read: try use([UInt8(ascii: "r")], "want to read")
    case .zap: try use([UInt8(ascii: "z")], "want to zap", toward: way)
    case .cast: try cast(action, &pages)
    case .throwItem: try use([UInt8(ascii: "t")], "want to throw", toward: way)
    case .fire:
      type([UInt8(ascii: "f")])
      try answer("direction", way, &pages)
    case .wield: try use([UInt8(ascii: "w")], "want to wield")
    case .bareHands:
      type([UInt8(ascii: "w")])
      try answer("want to wield", UInt8(ascii: "-"), &pages)
    case .swapWeapons: type([UInt8(ascii: "x")])
    case .wear: try use([UInt8(ascii: "W")], "want to wear")
    case .takeOff: try use([UInt8(ascii: "T")], "want to take off")
    case .putOn:
      try use([UInt8(ascii: "P")], "want to put on")
      try answer("ing-finger", UInt8(ascii: "r"), &pages)
    case .remove: try use([UInt8(ascii: "R")], "want to remove")
    case .apply: try use([UInt8(ascii: "a")], "want to use or apply", toward: way)
    case .drop: try use([UInt8(ascii: "d")], "want to drop")
    case .tip: type([0x80 | UInt8(ascii: "T")])
    case .pray: type([0x80 | UInt8(ascii: "p")])
    case .elbereth: try engrave(&pages)
    case .pay: type([UInt8(ascii: "p")])
    }
    try settle(&pages)
    try advanceSkills(&pages)
  }

  private func type(_ keys: [UInt8]) {
    for key in keys { game.send(key) }
  }

  /// Turns pages, and then sends `key` if the game asks a question that contains `gate`.
  private func answer(_ gate: StaticString, _ key: UInt8, _ pages: inout NetHackPages) throws {
    try turnPages(&pages)
    if buffers.asksQuestion, buffers.messageContains(gate) { game.send(key) }
  }

  /// Says no to a question that contains `phrase`.
  private func decline(_ phrase: StaticString, _ pages: inout NetHackPages) throws {
    try answer(phrase, UInt8(ascii: "n"), &pages)
  }

  /// Turns the pages of a message.
  private func turnPages(_ pages: inout NetHackPages) throws {
    for _ in 0..<Self.maximumPages {
      guard buffers.waitsForSpace, !buffers.isDone else { return }
      var menuPages: Int32 = 0
      _ = tengu_nethack_menu_letter(world, nil, &menuPages)
      if menuPages > 0 { return }
      pages.note(buffers)
      game.send(NetHackAction.space)
    }
    throw EnvironmentError("NetHack shows more than \(Self.maximumPages) pages after one action")
  }

  /// Returns to the command prompt: turns pages, closes menus, answers questions.
  private func settle(_ pages: inout NetHackPages) throws {
    for _ in 0..<Self.maximumKeys {
      try turnPages(&pages)
      if buffers.isDone { return }
      if buffers.waitsForSpace || buffers.asksLine {
        game.send(NetHackAction.escape)
      } else if buffers.asksQuestion {
        game.send(Self.yes.contains { buffers.messageContains($0) } ? NetHackAction.yes : NetHackAction.escape)
      } else {
        return
      }
    }
    throw EnvironmentError("NetHack asks more than \(Self.maximumKeys) questions after one action")
  }

  /// Advances a skill when the game says that the hero could.
  private func advanceSkills(_ pages: inout NetHackPages) throws {
    guard pages.contains(NetHackMessage.skill), !buffers.isDone else { return }
    game.send(NetHackAction.enhance)
    if buffers.waitsForSpace { game.send(UInt8(ascii: "a")) }
    try settle(&pages)
  }
}

/// Verbs of several keys.
extension NetHackDialogue {
  /// Travels to a square by moving the cursor there, as a player does.
  private func travel(from hero: NetHackPlace, to goal: NetHackPlace?) {
    guard let goal else { return }
    // The cursor begins at the goal of the previous travel; "@" moves it to the hero.
    type(Array("_@".utf8))
    func steps(_ count: Int, _ negative: Character, _ positive: Character) {
      let key = (count < 0 ? negative : positive).asciiValue ?? NetHackAction.escape
      // Capitals move eight squares.
      type(Array(repeating: key & ~0x20, count: abs(count) / 8) + Array(repeating: key, count: abs(count) % 8))
    }
    steps(goal.x - hero.x, "h", "l")
    steps(goal.y - hero.y, "k", "j")
    type([UInt8(ascii: ".")])
  }

  /// Goes to where the known map ends. Nobody travels through a closed door, so the hero goes to the square before it and then
  /// walks into it, which opens it.
  private func explore(_ situation: NetHackSituation, _ pages: inout NetHackPages) throws {
    guard let goal = situation.goals.frontier, let approach = situation.goals.approach else { return }
    let isClosed = NetHackGlyph.closedDoors.contains(situation.glyphs[goal.square])
    var place = situation.survey.hero
    if place != approach {
      travel(from: place, to: isClosed ? approach : goal)
      guard isClosed else { return }
      try settle(&pages)
      var hero = tengu_nethack_hero()
      tengu_nethack_read_hero(world, &hero)
      place = NetHackPlace(Int(hero.x), Int(hero.y))
    }
    guard place == approach, !buffers.isDone else { return }
    let step = NetHackPlace(goal.x - place.x, goal.y - place.y)
    if let direction = NetHackPlace.steps.firstIndex(of: step) { type([NetHackAction.compass[direction]]) }
  }

  private func pickUp(_ object: UnsafeRawPointer?, _ pages: inout NetHackPages) throws {
    type([UInt8(ascii: ",")])
    try turnPages(&pages)
    guard buffers.waitsForSpace else { return }
    // Several things lie here: a menu. It shows the letters of one page at a time.
    for _ in 0..<8 {
      var count: Int32 = 0
      let letter = tengu_nethack_menu_letter(world, object, &count)
      guard count > 0 else { return }
      if letter > 0 {
        type([UInt8(clamping: letter), NetHackAction.carriageReturn])
        return
      }
      type([UInt8(ascii: ">")])
      guard buffers.waitsForSpace, count > 1 else { return }
    }
  }

  private func eatFloor(_ situation: NetHackSituation, _ pages: inout NetHackPages) throws {
    type([UInt8(ascii: "e")])
    for _ in 0..<NetHackItems.floorCount {
      try turnPages(&pages)
      guard buffers.asksQuestion else { return }
      guard buffers.messageContains("eat it?") || buffers.messageContains("eat one?") else { return }
      let isDeadly =
        buffers.messageContains("cockatrice") || buffers.messageContains("chickatrice")
        || buffers.messageContains("green slime") || buffers.messageContains("Medusa")
      game.send(UInt8(ascii: isDeadly ? "n" : "y"))
    }
  }

  private func cast(_ action: NetHackFullAction, _ pages: inout NetHackPages) throws {
    type([NetHackAction.cast])
    guard buffers.waitsForSpace else { return }
    type([UInt8(ascii: "a") + UInt8(clamping: action.item)])
    try answer("direction", NetHackAction.compass[action.direction], &pages)
  }

  private func digDown(_ situation: NetHackSituation, _ pages: inout NetHackPages) throws {
    let items = situation.items
    guard let index = (0..<items.packed).first(where: { situation.types.pickAxes.contains(items.pack[$0].type) })
    else { return }
    type([NetHackAction.apply])
    try answer("want to use or apply", items.pack[index].letter, &pages)
    try answer("direction", UInt8(ascii: ">"), &pages)
  }

  private func engrave(_ pages: inout NetHackPages) throws {
    type([UInt8(ascii: "E")])
    try answer("want to write with", UInt8(ascii: "-"), &pages)
    try decline("add to the current", &pages)
    try turnPages(&pages)
    if buffers.asksLine { type(Array("Elbereth".utf8) + [NetHackAction.carriageReturn]) }
  }
}
