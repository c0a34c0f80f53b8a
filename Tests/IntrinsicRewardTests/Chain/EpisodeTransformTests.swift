import Foundation
import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct EpisodeTransformTests {
  @Test func clipOnlyCosts() {
    let play = RandomPlay(steps: 50, columns: 2, seed: 3)
    var transform = ClippedReward(eta: 0.25)
    for (reward, score) in zip(play.rewards(&transform, cuts: play.cuts(seed: 1)), play.scores) {
      #expect(score.isNaN ? reward.isNaN : reward == min(score - 0.25, 0))
    }
  }

  /// Scores are integers, so totals are exact.
  @Test(arguments: 1...8)
  func deltaTotalsTheFirstStepsScore(seed: UInt64) {
    let play = RandomPlay(steps: 80, columns: 3, seed: seed, meanLength: 1 + Int(seed)) { _, generator in
      Float(generator.below(9)) - 4
    }
    for cuts in [[80], Array(repeating: 1, count: 80), play.cuts(seed: seed)] {
      var transform = DeltaReward()
      let rewards = play.rewards(&transform, cuts: cuts)
      #expect(rewards.allSatisfy { $0.isNaN || abs($0) <= 12 })
      for episode in play.episodes {
        let first = play.scores[episode[0]]
        let expected = first.isNaN ? 0 : Double(first)
        #expect(total(rewards, episode) == expected)
      }
    }
  }

  /// Within an unroll the reward is the paper's difference.
  @Test func deltaIsTheDifferenceToTheNextStep() {
    var play = RandomPlay(steps: 5, columns: 1, seed: 1)
    (play.scores, play.flags) = ([1, 3, .nan, .nan, 2], [0, 0, 0, 0, 1])
    var transform = DeltaReward()
    let rewards = play.rewards(&transform, cuts: [5])
    #expect(rewards[0] == -2 && rewards[1] == 3 && rewards[2].isNaN && rewards[3] == -2 && rewards[4] == 2)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64], [false, true])
  func potentialsTelescope(seed: UInt64, sums: Bool) {
    let play = RandomPlay(steps: 60, columns: 2, seed: seed)
    let discount: Float = 0.9
    var transform = PotentialShaping(discount: discount, sums: sums)
    let rewards = play.rewards(&transform, cuts: play.cuts(seed: seed + 10))
    #expect(rewards.allSatisfy { $0.isFinite })
    for episode in play.episodes {
      let sum = episode.enumerated().reduce(0.0) {
        $0 + pow(Double(discount), Double($1.offset)) * Double(rewards[$1.element])
      }
      // The remainder is the last state's potential; it is 0 for terminal states.
      let last = episode[episode.count - 1]
      let counted = sums ? episode.filter { play.captionCounts[$0] == 1 } : [last]
      let potential = play.flags[last] & 1 != 0 ? 0 : total(play.scores, counted)
      #expect(abs(sum - pow(Double(discount), Double(episode.count)) * potential) < 1e-5)
    }
  }

  /// Random worlds with 6 states, the last one terminal: for any potentials every optimal action stays optimal, and no
  /// other action becomes optimal.
  @Test(arguments: 1...10)
  func potentialsLeaveOptimalPoliciesAlone(seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    let (states, actions, discount) = (6, 3, 0.9)
    let next = (0..<states * actions).map { _ in (0..<2).map { _ in generator.below(states) } }
    let paid = (0..<states * actions).map { _ in Double(generator.below(8)) / 4 }
    let potential = (0..<states).map { $0 == states - 1 ? 0 : 20 * generator.uniform() - 10 }
    func optimal(shaped: Bool) -> [Set<Int>] {
      var values = [Double](repeating: 0, count: states)
      func quality(_ state: Int, _ action: Int) -> Double {
        next[state * actions + action].reduce(0) { sum, to in
          let shaping = PotentialShaping.term(from: potential[state], to: potential[to], discount: Float(discount))
          return sum + 0.5 * (paid[state * actions + action] + (shaped ? Double(shaping) : 0) + discount * values[to])
        }
      }
      for _ in 0..<400 {
        for state in 0..<states - 1 { values[state] = (0..<actions).map { quality(state, $0) }.max() ?? 0 }
      }
      return (0..<states - 1).map { state in
        let best = (0..<actions).map { quality(state, $0) }.max() ?? 0
        return Set((0..<actions).filter { quality(state, $0) > best - 1e-3 })
      }
    }
    #expect(optimal(shaped: true) == optimal(shaped: false))
  }

  @Test func trustIsTheFormulaOfTheLatestEpisodes() {
    let play = RandomPlay(steps: 120, columns: 2, seed: 6) { _, generator in generator.uniform() }
    var transform = TrustGate(weight: 0.3)
    let cuts = Array(repeating: 1, count: 120)
    let rewards = play.rewards(&transform, cuts: cuts)
    for step in 0..<120 {
      let done = play.episodes.filter { play.hasEnded($0) && $0[$0.count - 1] < (step + 1) * 2 }
      let means = done.map { episode -> (won: Bool, mean: Double)? in
        let known = episode.map { play.scores[$0] }.filter { !$0.isNaN }
        return known.isEmpty ? nil : (play.hasWon(episode), Double(known.reduce(0, +)) / Double(known.count))
      }.compactMap { $0 }
      let (won, lost) = (means.filter(\.won).map(\.mean), means.filter { !$0.won }.map(\.mean))
      var gate = 0.0
      if !won.isEmpty, !lost.isEmpty {
        gate = min(1, exp(won.reduce(0, +) / Double(won.count) - lost.reduce(0, +) / Double(lost.count)))
      }
      for index in [2 * step, 2 * step + 1] where !play.scores[index].isNaN {
        #expect(abs(Double(rewards[index]) - 0.3 * gate * Double(play.scores[index])) < 1e-5)
      }
    }
    #expect(transform.won.count + transform.lost.count > 20)
  }

  @Test func trustForgets() {
    var transform = TrustGate(weight: 1)
    func play(_ score: Float, won: Bool, episodes: Int) {
      var play = RandomPlay(steps: episodes, columns: 1, seed: 1)
      play.scores = Array(repeating: score, count: episodes)
      play.flags = Array(repeating: won ? 5 : 1, count: episodes)
      _ = play.rewards(&transform, cuts: [episodes])
    }
    play(0.25, won: true, episodes: 3)
    #expect(transform.gate == 0)
    play(0.75, won: false, episodes: 1000)
    #expect(abs(transform.gate - 0.6065) < 1e-3)
    #expect(transform.lost.count == TrustGate.windowCount)
    play(1, won: true, episodes: 1000)
    #expect(transform.gate == 1)
    #expect(transform.won == Array(repeating: 1, count: TrustGate.windowCount))
  }

  @Test func annealingFadesWithTheUpdates() {
    let play = RandomPlay(steps: 30, columns: 1, seed: 8)
    var transform = Annealing(updates: 500)
    let rewards = play.rewards(&transform, cuts: Array(repeating: 10, count: 3)) { [0, 500, 2000][$0] }
    for (index, reward) in rewards.enumerated() where !reward.isNaN {
      let factor = exp(-[0.0, 1, 4][index / 10])
      #expect(abs(Double(reward) - factor * Double(play.scores[index])) < 1e-6)
    }
  }
}
