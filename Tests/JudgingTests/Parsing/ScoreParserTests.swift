import Foundation
import Testing

@testable import Judging

struct ScoreParserTests {
  private func read(_ text: String, _ prompt: String) throws -> LabelReading {
    LabelParser(try PromptLibrary.prompt(prompt)).read(ModelAnswer(text: text))
  }

  /// A score of 1 to 10 is so many points from 5.5.
  @Test(arguments: [
    ("a monster died: 9", 3.5), ("nothing is gained: 2", -3.5), ("10", 4.5), ("3 newts died: 8\n1", 2.5),
    ("score 8 of 100", 2.5), ("hm\na gain: 6", 0.5),
  ])
  func theLastNumberOfTheFirstLineWithOneIsTheScore(text: String, points: Double) throws {
    let reading = try read(text, "critique")
    #expect(reading.logOdds == points && reading.isProgress == (points > 0))
  }

  @Test(arguments: ["", "no number", "0", "11", "99999999999999999999"])
  func withoutAScoreThereIsNoLabel(text: String) throws {
    #expect(try read(text, "critique").isProgress == nil)
  }

  @Test func principlesAreWeighed() throws {
    // Weights 2 3 2 1 1 1; the middle of 1 to 5 is 3.
    #expect(abs(try read("3 5 3 3 3 3", "principles").logOdds - 0.6) < 1e-12)
    #expect(try read("1, 1, 1, 1, 1, 1", "principles").logOdds == -2)
    #expect(try read("3 3 3 3 3", "principles").isProgress == nil)
    #expect(try read("3 3 3 3 3 3", "principles").isProgress == false)
  }

  @Test func theLastWordIsTheVerdict() throws {
    #expect(try read("combat; a kill is progress; Yes", "rubric").isProgress == true)
    #expect(try read("Yes? refusal; nothing changed; no.", "rubric").isProgress == false)
    #expect(try read("combat; a kill is nothing", "rubric").isProgress == nil)
    let tokens = [
      ModelAnswer.Token(text: "combat", alternatives: [.init(text: "combat", logProbability: -0.1)]),
      ModelAnswer.Token(
        text: " Yes",
        alternatives: [.init(text: " Yes", logProbability: log(0.75)), .init(text: " No", logProbability: log(0.25))]),
    ]
    let parser = LabelParser(try PromptLibrary.prompt("rubric"))
    let reading = parser.read(ModelAnswer(text: "combat; Yes", tokens: tokens))
    #expect(abs(reading.logOdds - log(3)) < 1e-12)
  }
}
