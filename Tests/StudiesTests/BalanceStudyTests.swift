import Testing

@testable import Studies

@Suite struct BalanceStudyTests {
  /// An episode with these actions.
  private func episode(_ actions: [Int], won: Bool, score: Float) -> BalanceStudy.Scored {
    var episode = GameEpisode()
    episode.hasWon = won
    episode.steps = actions.map { GameStep(features: [], action: $0, caption: .none, old: [], isGood: true) }
    return BalanceStudy.Scored(episode: episode, score: score)
  }

  /// n* is 6: the score counts different wins among the accepted episodes.
  @Test func theScoreIsThatOfThePaper() {
    let wins = (0..<8).map { episode([$0], won: true, score: 0.9) }
    let losses = (0..<8).map { episode([$0], won: false, score: -0.5) }
    #expect(BalanceStudy.balance(wins + losses, threshold: 0) == 1)
    #expect(BalanceStudy.balance(wins + losses, threshold: -1) == 0.5)
    #expect(BalanceStudy.balance(wins + losses, threshold: 0.9) == 0)
    #expect(BalanceStudy.balance(Array(wins.prefix(3)), threshold: 0) == 0.5)
    // Equal wins count once.
    let same = (0..<6).map { _ in episode([1], won: true, score: 1) }
    #expect(abs(BalanceStudy.balance(same, threshold: 0) - 1 / 36) < 1e-12)
  }

  @Test func theSettingWithTheBestScoreIsChosen() {
    // At temperature 1.5 there are six different wins and six losses, else one win many times.
    let wins = (0..<6).map { episode([$0], won: true, score: 0.8) }
    let losses = (0..<6).map { episode([$0], won: false, score: -0.3) }
    let same = (0..<12).map { _ in episode([1], won: true, score: 1) }
    let best = BalanceStudy.best { $0 == 1.5 ? [wins + losses] : [same] }
    #expect(best == BalanceStudy.Setting(temperature: 1.5, threshold: 0))
  }

  @Test func fixedSettingsAreChosenOnOtherSeeds() {
    let names = BalanceStudy.settings.map { "fixed \($0.temperature) \($0.threshold)" }
    func measures(_ first: Double, _ second: Double) -> [String: Double] {
      var all = Dictionary(uniqueKeysWithValues: names.map { ($0, 0.0) })
      (all[names[0]], all[names[1]]) = (first, second)
      return all
    }
    // The second is best on the others, and has .3 on the first seed.
    #expect(BalanceStudy.fixedBest([measures(0.9, 0.3), measures(0.1, 0.4), measures(0.1, 0.4)], without: 0) == 0.3)
  }
}
