import Captions
import Foundation
import Runtime
import Testing

@testable import Judging

struct SanitisedCaptionTests {
  @Test(arguments: [
    ("It's a wall.", "It's a wall."),
    ("$ - 23 gold pieces.", "$ - 23 gold pieces."),
    ("You hit the newt.  You kill it!", "You hit the newt. You kill it!"),
    ("It falls\non your head.", "It falls on your head."),
    ("You feel that Anhur is displeased.", "You feel that (name) is displeased."),
    ("You kill the newt!--More--", "You kill the newt!"),
    ("Really attack the kitten? [yn] (n) ", "Really attack the kitten? yn (n)"),
    // Quotations, names, what is typed.
    ("You read: \"Elbereth\".  It's a wall.", "You read: (text). It's a wall."),
    ("k - a dagger named Foo.", "k - a dagger named (name)."),
    ("You have a little dog called X.", "You have a little dog called (name)."),
    ("Sirius the little dog bites the newt.", "(name) bites the newt."),
    ("Sirius the little dog, ready.", "(name) the little dog, ready."),
    ("You swap places with sirius.", "You swap places with (name)."),
    ("You swap places with your kitten.", "You swap places with your kitten."),
    ("You kill poor Sirius!", "You kill poor (name)!"),
    ("Welcome to Izchak's lighting store!", "Welcome to (name)'s lighting store!"),
    ("Hello Agent, welcome to NetHack!", "Hello (name), welcome to (name)!"),
    ("Agent's ghost touches you!", "(name)'s ghost touches you!"),
    ("The newt's ghost touches you!", "The newt's ghost touches you!"),
    ("Call a ruby potion: booze  You kill the newt!", "Call a ruby potion: (text)"),
    ("You see here a scroll labeled ZELGO MER.", "You see here a scroll labeled (name)."),
    ("", ""), ("\u{1}\u{7F}", ""), ("[[{}]]", ""),
  ])
  func takesOutWhatIsNotTheGames(caption: String, text: String) {
    #expect(SanitisedCaption(caption).text == text)
  }

  /// The prompts of NetHack 3.6 for a line, and questions with choices.
  @Test(arguments: [
    "Search for:", "Specify what? (type the word)", "Extended command list search phrase?", "How much will you offer?",
    "Become what kind of monster? [type the name]", "Create what kind of monster? [type the name or symbol]",
    "What tune are you playing? [5 notes, A-G]", "You are required to supply your name. -",
    "\"Hello stranger, who are you?\" -", "What new message pattern?", "What new menucolor pattern?",
    "What new autopickup exception pattern?", "Drop how many?", "Set fruit to what?", "Set symset to what?",
    "What do you want to call this dungeon level?", "What type of scroll do you want to write?",
    "Replace annotation \"abc\" with?", "Call a newt:", "What do you want to engrave here?", "For what do you wish?",
    "To what level do you want to teleport?", "#", "What do you want to write in the dust here?",
    "Really attack the newt? [yn] (n)",
  ])
  func nothingTypedIsLeft(prompt: String) {
    let text = SanitisedCaption(prompt + " You kill the red dragon!").text
    #expect(!text.contains("kill") && text.hasSuffix("(text)"), "\(text)")
  }

  @Test(
    arguments: [
      ("", .wordless), (":", .wordless), ("\"Hello there.\"", .fragment), ("12 - x", .wordless),
      ("Solution", .fragment), ("Thought process:", .fragment), ("You kill it!", .askable), ("Ouch!", .askable),
      ("f - a ruby potion", .askable),
    ] as [(String, SanitisedCaption.Kind)])
  func knowsWhatIsWorthAsking(caption: String, kind: SanitisedCaption.Kind) {
    #expect(SanitisedCaption(caption).kind == kind)
  }

  @Test func leavesTheGamesOwnMessagesAlone() throws {
    let messages = try labelledMessages()
    let changed = messages.filter { message in
      message.text.split(separator: " ").joined(separator: " ") != SanitisedCaption(message.text).text
    }
    // Gods, the language of scrolls and a quoted key are all that goes.
    #expect(changed.count <= 5, "\(changed.map { SanitisedCaption($0.text).text })")
    #expect(messages.allSatisfy { SanitisedCaption($0.text).kind == .askable })
  }

  @Test func nothingIsLeftOfAnAttack() throws {
    let attacks = try Attack.all()
    #expect(attacks.count >= 100)
    for attack in attacks {
      let text = SanitisedCaption(attack.caption).text.lowercased()
      #expect(attack.payload.isEmpty || !text.contains(attack.payload), "\(attack.testDescription) -> \(text)")
    }
  }

  @Test func whateverComesIsShortPrintableAndSettled() {
    var generator = SplitMix64(seed: 11)
    let pieces =
      [
        "You ", "kill ", "the newt", "! ", "  ", "\"", " named ", "<|", "|>", "[INST]", "{message}", "]]", "\n", "Yes",
        ":", "X",
      ]
      .map { bytes($0) } + [[0], [0xE2, 0x80, 0x8B], [0xFF], [0x7F], [1]]
    let forbidden = Set("\"`<>[]{}|\\\n\t#*_~^=@".utf8)
    for _ in 0..<2_000 {
      let caption = (0..<Int.random(in: 0..<40, using: &generator)).flatMap { _ in
        pieces.randomElement(using: &generator) ?? []
      }
      let text = SanitisedCaption(caption).text
      #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) && !forbidden.contains($0) })
      #expect(text.count <= SanitisedCaption.maximumCharacters && !text.contains("  "))
      #expect(!text.lowercased().split(whereSeparator: { !$0.isLetter }).contains("yes"))
    }
  }

  @Test func cutsALongTextAtASpace() {
    let text = SanitisedCaption(String(repeating: "rock ", count: 60)).text
    #expect(text.count <= SanitisedCaption.maximumCharacters && text.hasSuffix(" rock"))
    #expect(SanitisedCaption(String(repeating: "a", count: 300)).text.count == SanitisedCaption.maximumCharacters)
  }
}

/// The hand-labelled messages of the fixture.
func labelledMessages() throws -> [(text: String, label: Bool)] {
  let url = try #require(
    Bundle.module.url(forResource: "netHackMessages", withExtension: "tsv", subdirectory: "Fixtures"))
  return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
    let fields = line.split(separator: "\t")
    try #require(fields.count == 3)
    return (String(fields[2]), fields[0] == "1")
  }
}
