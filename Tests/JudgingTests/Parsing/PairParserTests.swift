import Captions
import Testing

@testable import Judging

struct PairParserTests {
  private let parser = PairParser(try! PromptLibrary.prompt("ranking"))

  @Test(
    arguments: [
      ("1", .first), ("2.", .second), (" Neither", .tie), ("neither of them", .tie), ("", .abstain), ("12", .abstain),
      ("3", .abstain),
      ("Message 1", .abstain), ("None", .abstain), ("1st", .abstain),
    ] as [(String, PairVerdict)])
  func readsTheFirstWord(text: String, verdict: PairVerdict) {
    #expect(parser.read(LabelParserTests.answer(text)) == verdict)
  }

  @Test func readsProbabilities() {
    #expect(parser.read(LabelParserTests.answer("1", [("1", 0.3), (" 1", 0.2), ("2", 0.45)])) == .first)
    #expect(parser.read(LabelParserTests.answer("n", [("neither", 0.6), ("2", 0.3)])) == .tie)
    #expect(parser.read(LabelParserTests.answer("The", [("The", 0.8), ("2", 0.2)])) == .abstain)
  }

  @Test func readsATagToo() throws {
    let text = try #require(PromptLibrary.source("ranking")).replacing("answer: one-token", with: "answer: tagged best")
    let tagged = PairParser(try PromptParser.parse(text, file: "x"))
    #expect(tagged.read(LabelParserTests.answer("1 <best>2</best>")) == .second)
    #expect(tagged.read(LabelParserTests.answer("<best>1</best><best>2</best>")) == .second)
    #expect(tagged.read(LabelParserTests.answer("2")) == .abstain)
  }
}
