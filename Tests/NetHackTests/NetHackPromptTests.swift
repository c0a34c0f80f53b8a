import Environments
import Testing

@testable import NetHack

/// A game that shows one scripted screen after another, whatever is typed.
final class ScriptedGame: NetHackKeyboard {
  enum Screen {
    case map(StaticString)
    case more(StaticString)
    case question(StaticString)
    case line
    case end
  }

  let buffers = NetHackBuffers(keys: [])
  private(set) var keys: [UInt8] = []
  private var screens: [Screen]

  init(first: Screen = .map(""), _ screens: [Screen]) {
    self.screens = screens
    show(first)
  }

  func send(_ key: UInt8) {
    guard !buffers.isDone else { return }
    keys.append(key)
    if !screens.isEmpty { show(screens.removeFirst()) }
  }

  private func show(_ screen: Screen) {
    for index in 1...3 { buffers.internalState[index] = 0 }
    switch screen {
    case .map(let message): buffers.setMessage(message)
    case .more(let message):
      buffers.setMessage(message)
      buffers.internalState[3] = 1
    case .question(let message):
      buffers.setMessage(message)
      buffers.internalState[1] = 1
    case .line: buffers.internalState[2] = 1
    case .end:
      buffers.programState[0] = 1
      buffers.observation.pointee.done = 1
    }
  }
}

@Suite struct NetHackPromptTests {
  private let space = NetHackAction.space
  private let escape = NetHackAction.escape

  /// The keys that playing `key` sends, and the message it ends with.
  private func play(
    _ key: Character, _ prompts: NetHackPrompts, first: ScriptedGame.Screen = .map(""),
    _ screens: [ScriptedGame.Screen]
  ) throws -> (keys: [UInt8], message: String) {
    let game = ScriptedGame(first: first, screens)
    var pages = NetHackPages()
    try NetHackPlayer(game: game, prompts: prompts).play(key.asciiValue ?? 0, pages: &pages)
    return (game.keys, String(decoding: game.buffers.caption, as: UTF8.self))
  }

  private func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func messagesAndTextPromptsAreDismissed() throws {
    let played = try play("s", .skipped, [.more("One."), .line, .more("Two."), .map("Three.")])
    #expect(played.keys == ascii("s") + [space, escape, space])
    #expect(played.message == "Three.")
  }

  @Test func aQuestionIsDeclinedOnceAndWhatFollowsStays() throws {
    let played = try play("k", .skipped, [.question("Really climb?"), .more("Never mind."), .map("")])
    #expect(played.keys == ascii("k") + [escape])
    #expect(played.message == "Never mind.")
  }

  @Test(arguments: ["Really attack the newt?", "What do you want to eat? [a or ?*]", "In what direction?"])
  func questionsAnAgentCanAnswerAreKept(question: String) throws {
    let game = ScriptedGame([])
    let player = NetHackPlayer(game: game, prompts: .skipped)
    for (index, byte) in question.utf8.enumerated() { game.buffers.message[index] = byte }
    game.buffers.internalState[1] = 1
    var pages = NetHackPages()
    try player.play(UInt8(ascii: "e"), pages: &pages)
    #expect(game.keys == ascii("e"))
  }

  @Test func drinkingIsAQuestionOfTheExtendedTasksOnly() throws {
    let question = ScriptedGame.Screen.question("What do you want to drink? [c-e or ?*]")
    #expect(try play("q", .skipped, [question, .map("")]).keys == ascii("q") + [escape])
    #expect(try play("q", .assisted, [question]).keys == ascii("q"))
  }

  @Test func yesTakesTheFirstOfferAndAnythingElseDeclines() throws {
    let question = ScriptedGame.Screen.question("What do you want to eat? [dg-i or ?*]")
    #expect(try play("y", .assisted, first: question, [.map("")]).keys == ascii("d"))
    #expect(try play("k", .assisted, first: question, [.map("")]).keys == [space])
    let nothing = ScriptedGame.Screen.question("What do you want to eat? [?*]")
    #expect(try play("y", .assisted, first: nothing, [.map("")]).keys == [space])
    #expect(try play("y", .skipped, first: question, [.map("")]).keys == ascii("y"))
  }

  @Test func castingPicksTheFirstSpellIfThereIsAMenu() throws {
    #expect(try play("Z", .assisted, [.more("Choose which spell"), .map("")]).keys == ascii("Za"))
    #expect(try play("Z", .assisted, [.map("You don't know any spells right now.")]).keys == ascii("Z"))
    #expect(try play("Z", .skipped, [.more("Choose which spell"), .map("")]).keys == ascii("Z") + [space])
    let direction = ScriptedGame.Screen.question("In what direction?")
    let answered = try play("Z", .assisted, first: direction, [.more("What a strange direction!"), .map("")])
    #expect(answered.keys == ascii("Z") + [space])
  }

  @Test func aSkillIsAdvancedAsSoonAsItCanBe() throws {
    let played = try play(
      "j", .assisted,
      [
        .more("You feel more confident in your fighting skills."), .map("You kill the newt!"),
        .more("Pick a skill to advance"), .map("You are now more skilled in martial arts."),
      ])
    #expect(played.keys == ascii("j") + [space, NetHackAction.enhance] + ascii("a"))
    #expect(played.message == "You are now more skilled in martial arts.")
  }

  @Test func onlyTheDescentOutlivesItsPage() throws {
    let descent = ScriptedGame.Screen.more("You descend the stairs.")
    #expect(try play(">", .assisted, [descent, .map("You see here a rock.")]).message == "You descend the stairs.")
    #expect(try play(">", .skipped, [descent, .map("You see here a rock.")]).message == "You see here a rock.")
    #expect(try play(">", .assisted, [.more("Ouch!"), .map("")]).message == "")
  }

  @Test func theChallengeKeepsEveryPromptUntilTheGameIsOver() throws {
    #expect(try play("s", .kept, [.more("One."), .map("")]).keys == ascii("s"))
    #expect(try play("s", .kept, [.question("Really quit?"), .map("")]).keys == ascii("s"))
    let game = ScriptedGame([.more("You die..."), .end])
    game.buffers.programState[0] = 1
    var pages = NetHackPages()
    try NetHackPlayer(game: game, prompts: .kept).play(UInt8(ascii: "s"), pages: &pages)
    #expect(game.keys == ascii("s") + [space] && game.buffers.isDone)
  }

  @Test func givingUpDeclinesEverythingAndQuits() throws {
    let game = ScriptedGame(
      first: .question("Really attack?"), [.map(""), .question("Really quit?"), .more("Goodbye."), .end])
    try NetHackPlayer(game: game, prompts: .skipped).giveUp()
    #expect(game.keys == [escape, NetHackAction.quit, NetHackAction.yes, space])
    #expect(game.buffers.isDone)
  }

  @Test func aGameThatNeverStopsAskingIsAnError() {
    let game = ScriptedGame(first: .more("Again."), [])
    var pages = NetHackPages()
    #expect(throws: EnvironmentError.self) {
      try NetHackPlayer(game: game, prompts: .skipped).play(UInt8(ascii: "s"), pages: &pages)
    }
  }
}
