import Testing

@testable import GameRules

struct CaptionPatternTests {
  @Test(arguments: [
    ("abc", "abc", true), ("abc", "abcd", false), ("abc", "ab", false), ("abc*", "abc", true), ("abc*", "abcdef", true),
    ("*abc", "abc", true), ("*abc", "ababc", true), ("*abc", "abcd", false), ("*b*", "abc", true), ("*", "", true),
    ("a", "", false), ("a*b*c", "axxbxxbc", true), ("a*b*c", "axxbxxbd", false), ("a*a", "a", false),
    ("a*a", "aa", true), ("**a", "bba", true), ("{number}", "123", true), ("{number}", "", false),
    ("{number}.", "12a.", false), ("*{number}", "ab12", true), ("{number}*", "12ab", true), ("{letter}", "q", true),
    ("{letter}", "Q", true), ("{letter}", "1", false), ("{letter}", "@", false), ("{letter}", "[", false),
    ("{letter} - *.", "k - a sword.", true), ("$ - {number} *", "$ - 23 gold pieces", true), ("?", "a", false),
    ("ü*", "üx", true),
  ])
  func matchesWholeSentences(pattern: String, sentence: String, expected: Bool) throws {
    #expect(try #require(CaptionPattern(pattern)).matches(bytes(sentence)[...]) == expected)
  }

  @Test func agreesWithARecursiveMatcher() throws {
    // All patterns of up to four elements over a, b, * against all texts of up to five letters over a, b.
    let patterns = words(over: ["a", "b", "*"], upTo: 4).filter { !$0.isEmpty }
    let texts = words(over: ["a", "b"], upTo: 5)
    for text in patterns {
      let pattern = try #require(CaptionPattern(text))
      for sentence in texts {
        #expect(pattern.matches(bytes(sentence)[...]) == recursive(Substring(text), Substring(sentence)))
      }
    }
  }

  @Test func slicesThatDoNotStartAtZeroMatch() throws {
    let text = bytes("xxk - 12 darts.")
    #expect(try #require(CaptionPattern("{letter} - {number} *.")).matches(text[2...]))
  }

  @Test(arguments: ["", "{", "}", "{digit}", "a{number"])
  func refusesWhatItCannotRead(text: String) {
    #expect(CaptionPattern(text) == nil)
  }

  private func words(over letters: [String], upTo length: Int) -> [String] {
    var all = [""]
    var longest = [""]
    for _ in 0..<length {
      longest = longest.flatMap { word in letters.map { word + $0 } }
      all += longest
    }
    return all
  }

  private func recursive(_ pattern: Substring, _ text: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return recursive(pattern.dropFirst(), text) || (!text.isEmpty && recursive(pattern, text.dropFirst()))
    }
    return text.first == first && recursive(pattern.dropFirst(), text.dropFirst())
  }
}
