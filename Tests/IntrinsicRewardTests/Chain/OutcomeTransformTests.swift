import Foundation
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct OutcomeTransformTests {
  /// Failures total at most 0 and successes at least 1, however unrolls cut the episodes.
  @Test(arguments: 1...6)
  func noFailureBeatsASuccess(seed: UInt64) {
    var play = RandomPlay(steps: 400, columns: 3, seed: seed, meanLength: 10)
    // Scores beyond 0 ... 1, and a step in three without one.
    play.scores = play.scores.indices.map { $0 % 3 == 0 ? .nan : play.scores[$0] * 3 }
    var transform = PrincipleProcessReward()
    let rewards = play.rewards(&transform, cuts: play.cuts(seed: seed))
    let done = play.episodes.filter { play.hasEnded($0) }
    let won = done.filter { play.hasWon($0) }
    let lost = done.filter { !play.hasWon($0) }
    #expect(won.count > 5 && lost.count > 5)
    #expect(won.allSatisfy { total(rewards, $0) >= 1 - 1e-4 } && lost.allSatisfy { total(rewards, $0) <= 1e-4 })
    // Slow oracle: the rule with the outcome known in advance.
    for episode in done {
      let outcome = play.hasWon(episode) ? 1.0 : 0.0
      let scored = episode.dropLast().map { Double(play.scores[$0]) }.filter { !$0.isNaN }
      let expected = scored.reduce(outcome) { $0 + min(max($1, 0), 1) + outcome - 1 }
      #expect(abs(total(rewards, episode) - expected) < 1e-4)
    }
  }

  @Test func theOutcomeComesWithTheLastStep() {
    var play = RandomPlay(steps: 8, columns: 1, seed: 2)
    play.scores = [0.5, .nan, 2, -1, 0.25, 0.5, 0.75, 1]
    play.flags = [0, 0, 0, 1, 0, 0, 5, 0]
    var transform = PrincipleProcessReward()
    let rewards = play.rewards(&transform, cuts: [3, 5])
    #expect(rewards.map { $0.isNaN ? -9 : $0 } == [0.5, -9, 1, -2, 0.25, 0.5, 1, 1])
  }

  /// Scored steps are paid, about the asked share of them, and the same calls draw the same numbers.
  @Test func aCoinIgnoresTheScores() {
    var play = RandomPlay(steps: 4000, columns: 2, seed: 3)
    play.scores = play.scores.indices.map { $0 % 4 == 0 ? .nan : 7 }
    var transform = CoinReward(share: 0.2)
    let rewards = play.rewards(&transform, cuts: [1000, 3000])
    #expect(rewards.indices.allSatisfy { rewards[$0].isNaN == ($0 % 4 == 0) })
    let paid = rewards.filter { !$0.isNaN }
    #expect(paid.allSatisfy { $0 == 0 || $0 == 1 })
    #expect(abs(Double(paid.reduce(0, +)) / Double(paid.count) - 0.2) < 0.02)
    var other = CoinReward(share: 0.2)
    let again = play.rewards(&other, cuts: [1000, 3000])
    #expect(zip(rewards, again).allSatisfy { $0.isNaN ? $1.isNaN : $0 == $1 })
  }

  @Test(arguments: 1...4)
  func informationTelescopes(seed: UInt64) {
    let play = RandomPlay(steps: 200, columns: 3, seed: seed)
    var transform = InformationGain()
    let cuts = play.cuts(seed: seed)
    var rates: [Double] = []
    let rewards = play.rewards(&transform, cuts: cuts, before: { _, transform in rates.append(transform.baseRate) })
    #expect(rewards.allSatisfy { $0.isFinite && abs($0) <= 1 })
    // Slow oracle: counts before each unroll, from the outcomes of all ended episodes.
    let unrolls = cuts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element * 3) }
    let starts = cuts.indices.map { cuts[..<$0].reduce(0, +) * 3 }
    for episode in play.episodes {
      var odds = Double.nan
      var start = Double.nan
      for index in episode {
        let unroll = unrolls[index]
        let rate = rates[unroll]
        if odds.isNaN { (odds, start) = (log(rate / (1 - rate)), rate) }
        let before = 1 / (1 + exp(-odds))
        if play.captions[index] != 0, play.captionCounts[index] == 1 {
          let met = play.episodes.filter { earlier in
            play.hasEnded(earlier) && earlier[earlier.count - 1] < starts[unroll]
              && earlier.contains { play.captions[$0] == play.captions[index] }
          }
          let won = Double(met.count { play.hasWon($0) })
          let belief = (won + 2 * rate) / (Double(met.count) + 2)
          odds += log(belief / (1 - belief)) - log(rate / (1 - rate))
        }
        #expect(abs(Double(rewards[index]) - (1 / (1 + exp(-odds)) - before)) < 1e-5)
      }
      #expect(abs(total(rewards, episode) - (1 / (1 + exp(-odds)) - start)) < 1e-4)
    }
  }

  /// A caption of won episodes only raises the belief, one of lost episodes only lowers it; others leave it unchanged.
  @Test func informationTellsWhatWins() {
    var play = RandomPlay(steps: 200, columns: 1, seed: 1)
    play.captions = (0..<200).map { $0 % 2 == 0 ? 3 : ($0 / 2) % 2 == 0 ? 1 : 2 }
    play.captionCounts = Array(repeating: 1, count: 200)
    play.flags = (0..<200).map { $0 % 2 == 0 ? 0 : ($0 / 2) % 2 == 0 ? 5 : 1 }
    var transform = InformationGain()
    _ = play.rewards(&transform, cuts: [200])
    play.captions = [1, 2, 3, 4] + Array(repeating: 0, count: 196)
    let rewards = play.rewards(&transform, cuts: Array(repeating: 1, count: 200))
    #expect(rewards[0] > 0.4 && rewards[1] < -0.4)
    #expect(abs(rewards[2]) < 0.01 && rewards[3] == 0)
    #expect(rewards[4...].allSatisfy { $0 == 0 })
    #expect(transform.facts[.wins] == 0.5)
  }

  /// Outcomes are saved by text: the next session has other ids, and some captions may not occur in it.
  @Test func informationOutlivesARestart() throws {
    var play = RandomPlay(steps: 300, columns: 1, seed: 5)
    play.captions = (0..<300).map { $0 % 2 == 0 ? 3 : ($0 / 2) % 2 == 0 ? 1 : 2 }
    play.captionCounts = Array(repeating: 1, count: 300)
    play.flags = (0..<300).map { $0 % 2 == 0 ? 0 : ($0 / 2) % 2 == 0 ? 5 : 1 }
    let texts = ["You win.", "You lose.", "You wait."].map { Array($0.utf8) }
    var before = InformationGain()
    before.learn(texts.enumerated().map { NewCaption(id: UInt32($0.offset + 1), bytes: $0.element) })
    _ = play.rewards(&before, cuts: [300])
    let state = try #require(before.state)
    let saved = try JSONDecoder().decode(RewardTransformState.self, from: JSONEncoder().encode(state))

    var after = InformationGain()
    let fits = after.restore(saved)
    #expect(fits && after.baseRate == before.baseRate)
    after.learn([NewCaption(id: 7, bytes: texts[0]), NewCaption(id: 8, bytes: texts[2])])
    #expect(after.captions[7] == before.captions[1] && after.captions[8] == before.captions[3])
    #expect(after.captions.count == 2)
    // A caption that has not occurred again is kept.
    #expect(after.state == before.state)
    let fitsAnother = after.restore(.scores([1]))
    #expect(!fitsAnother)
  }

  /// The bonus falls with the episodes that had the caption; without it nothing changes.
  @Test func rareCaptionsArePaidABonus() {
    var play = RandomPlay(steps: 40, columns: 1, seed: 3)
    play.captions = (0..<40).map { $0 % 4 == 0 ? 7 : 0 }
    play.captionCounts = Array(repeating: 1, count: 40)
    // Every fourth step ends an episode without success, and each unroll is an episode.
    play.flags = (0..<40).map { $0 % 4 == 3 ? 1 : 0 }
    let cuts = Array(repeating: 4, count: 10)
    var (plain, paid) = (InformationGain(), InformationGain(bonus: 0.5))
    let (without, with) = (play.rewards(&plain, cuts: cuts), play.rewards(&paid, cuts: cuts))
    for step in 0..<40 {
      let bonus: Float = step % 4 == 0 ? 0.5 / Float(1 + step / 4).squareRoot() : 0
      #expect(abs(with[step] - without[step] - bonus) < 1e-6, "step \(step)")
    }
  }

  @Test func tablesAreBounded() {
    let count = InformationGain.maximumCaptionCount + 1000
    var play = RandomPlay(steps: count, columns: 1, seed: 1)
    play.captions = (0..<count).map { UInt32($0 + 1) }
    play.captionCounts = Array(repeating: 1, count: count)
    play.flags = (0..<count).map { $0 % 300 == 299 ? 1 : 0 }
    var transform = InformationGain()
    _ = play.rewards(&transform, cuts: [count])
    // 256 captions of each episode are counted.
    #expect(transform.captions.count <= InformationGain.maximumCaptionCount)
    #expect(transform.captions.count == count / 300 * InformationGain.maximumEpisodeCaptions)
    for _ in 0..<2 {
      play.captions = play.captions.map { $0 + UInt32(count) }
      _ = play.rewards(&transform, cuts: [count])
    }
    #expect(transform.captions.count == InformationGain.maximumCaptionCount)
  }
}
