import Environments
import Testing

@testable import NetHack

@Suite struct NetHackPagesTests {
  /// The captions of the steps that play `keys`.
  private func captions(
    _ keys: String, _ prompts: NetHackPrompts, _ screens: [ScriptedGame.Screen], isOverAfter last: Int = .max
  ) throws -> [String] {
    let game = ScriptedGame(screens)
    let player = NetHackPlayer(game: game, prompts: prompts)
    let caption = CaptionBuffer()
    var pages = NetHackPages()
    return try keys.utf8.enumerated().map { index, key in
      try player.play(key, pages: &pages)
      pages.endStep(game.buffers, isOver: game.buffers.isDone || index == last, caption: caption)
      return String(decoding: caption.bytes, as: UTF8.self)
    }
  }

  @Test(arguments: [NetHackPrompts.skipped, .assisted])
  func dismissedPagesAreOneCaption(prompts: NetHackPrompts) throws {
    let screens: [ScriptedGame.Screen] = [
      .more("You kill the newt!  The jackal bites!"), .more("The jackal bites!"), .map("You feel weak."), .map("Ouch!"),
    ]
    #expect(
      try captions("js", prompts, screens) == ["You kill the newt!  The jackal bites!  You feel weak.", "Ouch!"])
  }

  @Test func pagesThatTheAgentDismissesWaitForTheLast() throws {
    let screens: [ScriptedGame.Screen] = [
      .more("You kill the newt!"), .more("You kill the newt!"), .more("The jackal bites!"), .map(""), .map("Ouch!"),
    ]
    #expect(
      try captions("jh   ", .kept, screens) == ["", "", "", "You kill the newt!  The jackal bites!", "Ouch!"])
  }

  @Test func theEndOfAnEpisodeEndsTheMessage() throws {
    #expect(try captions("j", .kept, [.more("You kill the newt!")], isOverAfter: 0) == ["You kill the newt!"])
    #expect(try captions("j", .skipped, [.more("You die..."), .end]) == ["You die..."])
  }

  @Test func menusAndWhatIsTypedAreNoCaptions() throws {
    #expect(try captions("i ", .kept, [.more(""), .map("You see here a dart.")]) == ["", "You see here a dart."])
    #expect(try captions("j", .skipped, [.more("Ouch!"), .line, .map("# pray")]) == ["Ouch!"])
  }

  @Test func questionsAreNoCaptions() throws {
    let question = ScriptedGame.Screen.question("What do you want to eat? [d or ?*]")
    #expect(
      try captions("e", .skipped, [.more("You don't have that object."), question]) == ["You don't have that object."])
    #expect(try captions("e", .skipped, [question]) == [""])
    let answered = ScriptedGame.Screen.map("Really attack the gnome? [yn] (n) y  You kill the gnome!")
    #expect(try captions("y", .kept, [answered]) == ["You kill the gnome!"])
    #expect(
      try captions("y", .kept, [.map("Really attack? [yn] (n) n"), .map("x: unknown extended\ncommand.")]) == [""])
  }

  @Test func whatTheAgentHasTypedIsNotInLaterMessages() throws {
    let typing = [ScriptedGame.Screen](repeating: .line, count: 3)
    let said = ScriptedGame.Screen.map("Fo bites.  A potion called Fo hits the food.\nFo!  You read: \"F| x\".")
    #expect(
      try captions("CFo\rj", .kept, typing + [said, .map("You read: \"Elbereth\".")])
        == [
          "", "", "", "something bites.  A potion called something hits the food.\nsomething!  You read: \"\".",
          "You read: \"\".",
        ])
    // A single letter is a name only behind the word that says so; a correction is what counts.
    let letter = ScriptedGame.Screen.map("A dart named a hits a newt.")
    #expect(try captions("Cb\u{7f}a\r", .kept, typing + [.line, letter]).last == "A dart named something hits a newt.")
    // What is given up was not typed, and neither was a command.
    let escaped = ScriptedGame.Screen.map("Fo bites.  \"Hello!\"")
    #expect(try captions("CFo\u{1b}", .kept, typing + [escaped]).last == "Fo bites.  \"Hello!\"")
    #expect(try captions("Fo", .kept, [.map(""), escaped]).last == "Fo bites.  \"Hello!\"")
    let long = ScriptedGame.Screen.map("#q{}Z: unknown\nextended command.")
    #expect(try captions("j", .kept, [long]) == [""])
  }

  @Test func theDescentIsPartOfItsMessage() throws {
    let screens: [ScriptedGame.Screen] = [.more("You descend the stairs."), .map("You see here a rock.")]
    #expect(try captions(">", .assisted, screens) == ["You descend the stairs.  You see here a rock."])
  }

  @Test func oneLongMessageLosesItsOldestSentences() throws {
    let screens: [ScriptedGame.Screen] = [
      .more("The first sentence of this message is long enough to make the message of three too long for a caption."),
      .more("The second sentence of this message is long enough to make the message of three too long for a caption."),
      .map("The third sentence of this message is long enough to make the message of three too long for a caption."),
    ]
    let caption = try captions("j", .skipped, screens)[0]
    #expect(caption.utf8.count <= CaptionBuffer.capacity)
    #expect(caption.hasPrefix("The second sentence") && caption.hasSuffix("for a caption."))
  }
}
