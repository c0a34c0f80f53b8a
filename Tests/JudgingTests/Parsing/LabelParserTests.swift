import Foundation
import Runtime
import Testing

@testable import Judging

struct LabelParserTests {
  private let oneToken = LabelParser(try! PromptLibrary.prompt("default"))
  private let tagged = LabelParser(try! PromptLibrary.prompt("tagged"))

  /// An answer whose first token has these probabilities.
  static func answer(_ text: String, _ probabilities: [(String, Double)] = []) -> ModelAnswer {
    let alternatives = probabilities.map { ModelAnswer.Alternative(text: $0.0, logProbability: log($0.1)) }
    return ModelAnswer(text: text, tokens: alternatives.isEmpty ? [] : [.init(text: text, alternatives: alternatives)])
  }

  @Test func sumsOverSpellings() throws {
    let reading = oneToken.read(
      Self.answer(
        "Yes", [("Yes", 0.4), (" yes", 0.2), ("YES", 0.05), ("No", 0.2), (" no", 0.1), ("▁No", 0.02), ("Maybe", 0.01)]))
    #expect(reading.isProgress == true)
    #expect(abs(reading.logOdds - log(0.65 / 0.32)) < 1e-12)
    // The text's word does not matter where the sum says otherwise.
    #expect(oneToken.read(Self.answer("Yes", [("Yes", 0.4), ("No", 0.3), ("no", 0.3)])).isProgress == false)
  }

  @Test func aWordThatIsNotListedGetsTheLeastThatIs() {
    let reading = oneToken.read(Self.answer("Yes", [("Yes", 0.9), ("Sure", 0.04)]))
    #expect(abs(reading.logOdds - log(0.9 / 0.04)) < 1e-12)
    // No more than what is left over, and never infinitely little.
    #expect(abs(oneToken.read(Self.answer("No", [("No", 0.99)])).logOdds - log(0.01 / 0.99)) < 1e-9)
    #expect(abs(oneToken.read(Self.answer("No", [("No", 1)])).logOdds - log(1e-9)) < 1e-9)
  }

  @Test func littleMassFallsBackToTheText() {
    let reading = oneToken.read(Self.answer("Yes, it is", [("The", 0.6), ("Yes", 0.3), ("No", 0.1)]))
    #expect(reading.isProgress == true && reading.logOdds.isNaN)
    #expect(oneToken.read(Self.answer("The", [("The", 0.6), ("Yes", 0.3)])).isProgress == nil)
    // Numbers that are no probabilities are not believed.
    #expect(oneToken.read(Self.answer("Hm", [("Yes", 2), ("No", 0.1)])).isProgress == nil)
    #expect(oneToken.read(Self.answer("Hm", [("Yes", .nan), ("No", 0.9)])).isProgress == nil)
    #expect(oneToken.read(Self.answer("Hm", [("Yes", 0.9), ("yes", 0.9), ("No", 0.9)])).isProgress == nil)
  }

  @Test(
    arguments: [
      ("Yes", true), (" yes.", true), ("**No**", false), ("\"No\", because", false), ("NO!", false),
      ("\n\nYes\n", true),
      ("", nil), ("Yesterday", nil), ("Not", nil), ("No-one", nil), ("I say yes", nil), ("Yesé", nil), (": Yes", nil),
      ("Ｙｅｓ", true), ("1", nil), ("Answer: no", false), ("- Yes", true), ("1. No", false), ("Yes or No", nil),
      ("{\"answer\": \"No\"}", false), ("```json\n{\"label\": \"yes\"}\n```", true), ("{\"x\": 1}", nil),
      ("\u{FEFF}\u{A0}“Yes”", true), ("<answer>No</answer>", false), ("\\boxed{Yes}", true), ("The answer is", nil),
    ] as [(String, Bool?)])
  func readsTheFirstWord(text: String, label: Bool?) {
    #expect(oneToken.read(Self.answer(text)).isProgress == label)
  }

  @Test(
    arguments: [
      ("<knowledge>k</knowledge><analysis>a</analysis><label>FOO</label>", true), ("<label> BAR\n</label>", false),
      ("<label>FOO", true), ("<analysis>not FOO</analysis> <label>BAR</label> FOO", false),
      ("FOO", nil), ("<analysis>FOO</analysis>", nil), ("<label>foo</label>", true), ("<label>FOO or BAR</label>", nil),
      ("<label>FOO</label><label>FOO</label>", true), ("<label>FOO</label> or <label>BAR</label>", false),
      ("<label>FOO</label></label>", true), ("</label>FOO<label>", nil), ("</label><label>FOO", true),
      ("<label>**FOO**</label>", true), ("<label>BAR<label>FOO</label>", true), ("<label>FOO</label> <label>", nil),
      ("<label></label>", nil),
      ("<label>FOOBAR</label>", nil), ("<Label>FOO</Label>", true), ("<label>FOO</analysis></label>", nil),
    ] as [(String, Bool?)])
  func readsTheOneTag(text: String, label: Bool?) {
    #expect(tagged.read(Self.answer(text)).isProgress == label)
  }

  /// Random text out of the grammar's own pieces, against a grammar written another way.
  @Test func nothingButTheGrammarYieldsALabel() throws {
    var generator = SplitMix64(seed: 29)
    let pieces = [
      "<label>", "</label>", "FOO", "BAR", " ", "\n", "x", "Yes", "No", "*", "\"", "e", "-", ".", "<", "é", "\u{0}",
    ]
    let word = try Regex(
      "^(?:[ \\n\\r\\t*_\"'`]|-(?=[ \\n])|<label>)*(yes|no)(?![A-Za-z0-9_\\-]|[^\\x00-\\x7F])"
    ).ignoresCase()
    let tag = try Regex(
      "<label>[\\s*\"]*(FOO|BAR)[\\s*\"]*(</label>((?!<label>)[\\s\\S])*)?$")
    var readable = 0
    for _ in 0..<1_500 {
      let text = (0..<Int.random(in: 0...5, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
      }.joined()
      let answer = Self.answer(text)
      #expect((oneToken.read(answer).isProgress != nil) == (text.firstMatch(of: word) != nil), "\(text)")
      #expect((tagged.read(answer).isProgress != nil) == (text.firstMatch(of: tag) != nil), "\(text)")
      if oneToken.read(answer).isProgress != nil || tagged.read(answer).isProgress != nil { readable += 1 }
    }
    #expect(readable > 40)
  }
}
