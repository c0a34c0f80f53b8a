import Testing

@testable import GameRules

struct SentencePatternTests {
  private let lexicon: [String: Set<String>] = [
    "clause": ["bites", "is", "you"], "slay": ["kill", "destroy"], "item": ["sword"],
  ]

  private func matches(_ pattern: String, _ sentence: String) throws -> Bool {
    try SentencePattern(pattern, lexicon: lexicon).matches(Sentence(bytes(sentence)))
  }

  @Test(arguments: [
    ("you kill it", "You kill it!", true), ("you kill", "You kill it!", false), ("you kill it", "You kill", false),
    ("you kill/slay it", "You slay it", true), ("you {slay} it", "You destroy it", true),
    ("you {slay}/eat it", "You eat it", true), ("you really? kill it", "You kill it", true),
    ("you really? kill it", "You really kill it", true), ("very? very? good", "very good", true),
    ("you ...", "You", true), ("you ... it", "You do not see it", true), ("... it", "You see them", false),
    ("{letter} - {np}", "k - a dart.", true), ("{letter} - {np}", "kk - a dart.", false),
    ("level {number}", "level 12", true), ("level {number}", "level 1x", false),
    // A noun phrase has one to eight words and no verb in the third person.
    ("you kill {np}", "You kill", false), ("you kill {np}", "You kill the newt", true),
    ("you kill {np}", "You kill the newt bites the jackal", false),
    ("you kill {np}", "You kill a b c d e f g h", true), ("you kill {np}", "You kill a b c d e f g h i", false),
    ("{np} grows up", "Your kitten grows up", true), ("{np} grows up", "It is grows up", false),
    ("take {np} out of {np}", "take a sword out of a box", true),
    ("see {np+item}", "see a long sword", true), ("see {np+item}", "see a sword of fire", true),
    ("see {np+item}", "see a boulder", false), ("see {np+item} here", "see a sword here", true),
  ])
  func matchesWholeSentences(pattern: String, sentence: String, expected: Bool) throws {
    #expect(try matches(pattern, sentence) == expected)
  }

  @Test(arguments: ["", " ", "you {dig} it", "{np+dig}", "a{slay}b"])
  func refusesWhatItCannotRead(text: String) {
    #expect(throws: SentencePatternError.self) { try SentencePattern(text, lexicon: lexicon) }
  }

  @Test func longSentencesEndInTime() throws {
    let sentence = Sentence(Array(repeating: bytes("very "), count: 500).joined())
    for pattern in ["... very ... very ... bad", "{np} {np} {np} bad", "very? very? very? very? very? bad"] {
      #expect(try !SentencePattern(pattern, lexicon: lexicon).matches(sentence))
    }
  }
}
