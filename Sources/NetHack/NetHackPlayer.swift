import Environments

/// How the program handles what appears between an agent's action and the next state in which it can act: "--More--",
/// questions, menus and text prompts.
public enum NetHackPrompts: Sendable, Hashable {
  /// NLE's tasks: messages are dismissed, text prompts escaped, questions declined unless an agent can answer them.
  case skipped
  /// NLE's challenge: the agent answers all of them.
  case kept
  /// ONI's extended actions: like `skipped`, and eating, drinking, casting and advancing skills need one action each.
  case assisted
  /// MiniHack's skills: like `skipped`, but the agent answers every question of one character.
  case questions
  /// MiniHack's rooms with a key: like `skipped`, and applying unlocks a door next to the hero with a key.
  case unlocking

  /// The arrays that the rule reads in addition to those that every game produces.
  var neededObservations: [NetHackObservation] {
    self == .unlocking ? [.glyphs, .inventoryStrings, .inventoryLetters] : []
  }
}

/// Plays an agent's action: sends its key and handles the prompts that follow.
struct NetHackPlayer<Keyboard: NetHackKeyboard> {
  /// Largest number of keys for one action: a game that asks for more is broken.
  private static var maximumPromptKeys: Int { 10_000 }

  let game: Keyboard
  let prompts: NetHackPrompts

  var buffers: NetHackBuffers { game.buffers }

  /// - Parameter pages: receives each page that is dismissed.
  /// - Throws: `EnvironmentError` if the game never stops asking.
  func play(_ key: UInt8, pages: inout NetHackPages) throws {
    switch prompts {
    case .skipped, .questions:
      game.send(key)
      try skip(keepingQuestions: true) { pages.note(buffers) }
    case .kept:
      pages.willSend(key, buffers)
      game.send(key)
      if buffers.isGameOver { try skip(keepingQuestions: true) { pages.note(buffers) } }
    case .assisted:
      try playAssisted(key, &pages)
    case .unlocking:
      if key != NetHackAction.apply || buffers.asksQuestion || !unlock() { game.send(key) }
      try skip(keepingQuestions: true) { pages.note(buffers) }
    }
  }

  /// Quits a running game as a player would, so that it frees its memory. The observation is meaningless afterwards.
  func giveUp() throws {
    guard !buffers.isDone else { return }
    try skip(keepingQuestions: false)
    game.send(NetHackAction.quit)
    game.send(NetHackAction.yes)
    try skip(keepingQuestions: false)
  }

  /// Dismisses messages and text prompts. Then it stops at a question for the agent, or declines any other question. Calls
  /// `onPage` before it dismisses a message.
  private func skip(keepingQuestions: Bool, onPage: () -> Void = {}) throws {
    for _ in 0..<Self.maximumPromptKeys {
      if buffers.isDone { return }
      if buffers.waitsForSpace {
        onPage()
        game.send(NetHackAction.space)
      } else if buffers.asksLine {
        game.send(NetHackAction.escape)
      } else {
        if buffers.asksQuestion && !(keepingQuestions && keepsQuestion) { game.send(NetHackAction.escape) }
        return
      }
    }
    throw EnvironmentError("NetHack asked for more than \(Self.maximumPromptKeys) keys after one action")
  }

  /// Whether the agent must answer the question on screen.
  private var keepsQuestion: Bool {
    if prompts == .kept || prompts == .questions { return true }
    if prompts == .assisted && buffers.messageContains("drink") { return true }
    return buffers.messageContains("eat") || buffers.messageContains("attack")
      || buffers.messageContains("direction?") || buffers.messageContains("pray")
  }
}

/// The behaviour of ONI's wrapper around an action (observed, not copied from its code).
extension NetHackPlayer {
  private func playAssisted(_ key: UInt8, _ pages: inout NetHackPages) throws {
    let isCommand = !buffers.asksQuestion
    game.send(answer(key))
    // The menu of spells waits like a message. Without spells there is no menu, and "a" would be another command.
    if isCommand && key == NetHackAction.cast && buffers.waitsForSpace { game.send(UInt8(ascii: "a")) }
    var page = PageNotes()
    try skipNoting(&page, &pages)
    if page.sawSkill && !buffers.isDone && !buffers.asksQuestion {
      game.send(NetHackAction.enhance)
      if buffers.waitsForSpace { game.send(UInt8(ascii: "a")) }
      try skipNoting(&page, &pages)
    }
    if page.sawDescent {
      pages.note(buffers)
      buffers.setMessage(NetHackMessage.descent)
    }
  }

  private struct PageNotes {
    var sawDescent = false
    var sawSkill = false
  }

  private func skipNoting(_ page: inout PageNotes, _ pages: inout NetHackPages) throws {
    func note() {
      page.sawDescent = page.sawDescent || buffers.messageContains(NetHackMessage.descent)
      page.sawSkill = page.sawSkill || buffers.messageContains(NetHackMessage.skill)
    }
    try skip(keepingQuestions: true) {
      note()
      pages.note(buffers)
    }
    note()
  }

  /// At "What do you want to eat?" and "... drink?", yes selects the first thing on offer and any other key declines.
  private func answer(_ key: UInt8) -> UInt8 {
    guard buffers.asksQuestion,
      buffers.messageContains("What do you want to eat") || buffers.messageContains("What do you want to drink")
    else { return key }
    return key == NetHackAction.yes ? firstOffer ?? NetHackAction.space : NetHackAction.space
  }

  /// The first letter in the square brackets of "[bd-f or ?*]".
  private var firstOffer: UInt8? {
    let caption = buffers.caption
    guard let bracket = caption.firstIndex(of: UInt8(ascii: "[")), bracket + 1 < caption.count else { return nil }
    let letter = caption[bracket + 1]
    let isLetter = (0x41...0x5A).contains(letter) || (0x61...0x7A).contains(letter)
    return isLetter ? letter : nil
  }
}

/// Takes keys and shows the resulting state: a game, or a script in tests.
protocol NetHackKeyboard: AnyObject {
  var buffers: NetHackBuffers { get }
  /// Sends one key and runs until the next is needed. Does nothing after the end of the game.
  func send(_ key: UInt8)
}
