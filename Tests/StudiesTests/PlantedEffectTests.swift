import Testing

@testable import Studies

/// The planted effects of the quick studies, on one seed each with a margin; `tengu study` decides them over seeds.
@Suite struct PlantedEffectTests {
  private func measures(_ study: Study, seed: UInt64 = 1) throws -> (String) -> Double {
    let measures = try study.measure(seed)
    return { measures[$0] ?? .nan }
  }

  @Test func aPerfectJudgeTeachesWhatCoinsDoNot() throws {
    let of = try measures(.recycledOutcomes)
    #expect(of("area, judge") > 0.8 && of("area, judge") > of("area, coin") + 0.1)
  }

  @Test func theNumberOfKeyCaptionsIsTheDegree() throws {
    let of = try measures(.degrees)
    #expect(of("rank, judge") > 0.99 && abs(of("rank, chance")) < 0.25)
    #expect(of("rank, dropped") > of("rank, chance") + 0.2)
  }

  @Test func aPerfectJudgeOrdersPairsAndRaisesSuccess() throws {
    let of = try measures(.stepScores)
    #expect(of("largest score before") == 0)
    #expect(of("ordered by judge") > 0.9 && abs(of("ordered, coins") - 0.5) < 0.15)
    #expect(of("success judge") > of("start"))
  }

  @Test func aFaultUnderShiftIsSeen() throws {
    let of = try measures(.shift)
    #expect(of("explicit, shifted") > of("faulty, shifted") + 0.02)
    #expect(of("explicit, none") > 0.8 && of("implicit, none") > 0.8)
  }

  @Test func halfOfTheRewardsFlippedTeachNothing() throws {
    let of = try measures(.noise)
    #expect(of("flips 0") > of("start") + 0.1 && of("flips 50") < of("flips 0") - 0.1)
  }

  @Test func theJudgeReadsIntents() throws {
    let of = try measures(.intents)
    #expect(of("fits, judge") == 1)
    #expect(of("wins, any") >= of("wins, best of 8") && of("wins, best of 8") >= of("wins, first"))
  }

  @Test func aSeedGivesTheSameNumbers() throws {
    #expect(try Study.degrees.measure(3) == Study.degrees.measure(3))
    #expect(try Study.recycledOutcomes.measure(3) == Study.recycledOutcomes.measure(3))
  }
}
