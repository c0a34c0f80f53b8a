import Glibc
import Runtime
import Testing

@testable import Studies

@Suite struct RegretTests {
  @Test func slopesAreExponents() {
    func curve(_ regret: (Double) -> Double) -> RegretCurve { RegretCurve((1...800).map { regret(Double($0)) }) }
    // Rounds are whole numbers, so that an exponent comes back nearly.
    #expect(abs(curve { $0.squareRoot() }.slope - 0.5) < 0.001)
    #expect(abs(curve { 3 * $0 }.slope - 1) < 0.001)
    #expect(curve { 10 * log($0) }.slope < 0.4)
    #expect(abs(curve { _ in -5 }.slope) < 1e-9)
    #expect(curve { $0.squareRoot() }.falls && !curve { 3 * $0 }.falls && !curve { $0 * $0 }.falls)
  }

  /// Mann and Kendall's z by their formula: 10 pairs of 5 numbers, deviation sqrt(5 4 15 / 18).
  @Test func trendsAreThoseOfTheFormula() {
    let deviation = (5.0 * 4 * 15 / 18).squareRoot()
    #expect(abs(RegretCurve.trend([5, 4, 3, 2, 1]) + 9 / deviation) < 1e-9)
    #expect(abs(RegretCurve.trend([1, 2, 3, 5, 4]) - 7 / deviation) < 1e-9)
    #expect(RegretCurve.trend([1, 1, 1, 1, 1]) == 0)
  }

  @Test func theGradientIsThatOfTheLoss() {
    var generator = RandomGenerator(seed: 3)
    var model = RegretModel()
    for index in model.matrix.indices { model.nudge(index, by: Double(generator.gaussian())) }
    let batch = (0..<6).map { _ in
      (0..<12).map { _ in (0..<RegretModel.size).map { _ in Double(generator.gaussian()) } }
    }
    let gradient = model.loss(batch).gradient
    for index in gradient.indices {
      let step = 1e-5
      var (above, below) = (model, model)
      above.nudge(index, by: step)
      below.nudge(index, by: -step)
      let difference = (above.loss(batch).value - below.loss(batch).value) / (2 * step)
      #expect(abs(difference - gradient[index]) < 1e-6 * max(1, abs(difference)))
    }
  }

  /// The slow oracle: regret of a sequence that is written out.
  @Test func regretIsAgainstTheBestFixedChoice() {
    var generator = RandomGenerator(seed: 1)
    let curve = LossGames.play(LossGames.uniform, .adversary, rounds: 100, &generator)
    // From round 9 on the adversary takes the last of the equal favourites, always the same; uniform play loses a quarter.
    let increments = (9..<100).map { curve.values[$0] - curve.values[$0 - 1] }
    #expect(increments.allSatisfy { abs($0 - 0.25) < 1e-9 })
    let leader = LossGames.play(LossGames.leader, .adversary, rounds: 400, &generator)
    #expect(leader.last > 250)
    let hedge = LossGames.play(LossGames.hedge, .adversary, rounds: 400, &generator)
    #expect(hedge.last < 40)
  }

  @Test func aPlayerIsDrawnByItsChances() {
    var generator = RandomGenerator(seed: 2)
    let draws = (0..<4_000).map { _ in BanditPlayers.draw([0.5, 0, 0.3, 0.2], &generator) }
    for (arm, chance) in [0.5, 0, 0.3, 0.2].enumerated() {
      #expect(abs(Double(draws.count { $0 == arm }) / 4_000 - chance) < 0.03)
    }
  }

  // MARK: Restarts

  @Test func aCutEpisodeEndsWhereItIsCut() {
    for world: any RestartWorld in [ForkWorld(isVisible: true), ForkWorld(isVisible: false), grid()] {
      var generator = RandomGenerator(seed: 5)
      for _ in 0..<50 {
        let episode = world.play(&generator) { _, step in step == 2 }
        #expect(episode.steps <= 3)
        if episode.steps == 3, episode.isTruncated {
          #expect(!episode.hasWon && episode.observations.count == 4)
        } else {
          #expect(episode.observations.count == episode.steps)
        }
        #expect(episode.observations.allSatisfy { $0.count == world.featureCount })
      }
    }
  }

  private func grid() -> GridWorld {
    var generator = RandomGenerator(seed: 8)
    return GridWorld(&generator)
  }

  @Test func aDoomThatShowsIsCutAndOneThatDoesNotIsNot() {
    let visible = RestartStudy.measure("x", ForkWorld(isVisible: true), seed: 1)
    #expect(visible["saved, x"] ?? 0 > 0.2)
    let hidden = RestartStudy.measure("x", ForkWorld(isVisible: false), seed: 1)
    #expect(abs(hidden["saved, x"] ?? 1) < 0.25)
  }
}
