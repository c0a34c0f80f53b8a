import Testing

@testable import GameRules

struct SentenceTests {
  @Test(arguments: [
    ("You kill the newt!", ["you", "kill", "the", "newt"]),
    ("It's a wall.", ["it", "is", "a", "wall"]),
    ("You can't move, you're stuck.", ["you", "cannot", "move", "you", "are", "stuck"]),
    ("You don't, won't and haven't.", ["you", "do", "not", "will", "not", "and", "have", "not"]),
    ("The acid blob's acid!", ["the", "acid", "blob", "'s", "acid"]),
    ("k - a +1 long sword (weapon in hand).", ["k", "-", "a", "+1", "long", "sword", "weapon", "in", "hand"]),
    ("$ - 31 gold pieces.", ["$", "-", "31", "gold", "pieces"]),
    ("You learn \"\".", ["you", "learn"]),
    ("", []), ("...", []), ("'", []),
  ])
  func isARowOfWords(text: String, words: [String]) {
    #expect(Sentence(bytes(text)).words == words)
  }

  @Test(arguments: [
    ("You kill the newt! misses the jackal.", true), ("Mmm, tripe... not bad!", false), ("You kill it!", false),
    ("Is it? No", true),
  ])
  func knowsAMarkInside(text: String, expected: Bool) {
    #expect(Sentence(bytes(text)).hasInnerMark == expected)
  }

  @Test func knowsQuestionsAndPrompts() {
    #expect(Sentence(bytes("Where am I?")).isQuestion && !Sentence(bytes("Where am I.")).isQuestion)
    #expect(Sentence(bytes("Really attack Hachi? [yn] (n) n")).isPrompt)
    #expect(Sentence(bytes("Drop how many? You kill it!")).isPrompt && !Sentence(bytes("How many?")).isPrompt)
    #expect(!Sentence(bytes("k - a sword (weapon in hand).")).isPrompt)
  }

  @Test func readsArbitraryBytes() {
    for byte in UInt8.min...UInt8.max { #expect(Sentence([byte, 32, byte, byte]).words.count <= 4) }
  }
}
