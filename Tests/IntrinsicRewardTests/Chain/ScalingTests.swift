import Foundation
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct ScalingTests {
  @Test(arguments: [1, 0.9])
  func standardisesByAllScoresSoFar(decay: Double) throws {
    let play = RandomPlay(steps: 60, columns: 3, seed: 4)
    var transform = Standardisation(decay: decay)
    let cuts = play.cuts(seed: 5)
    let rewards = play.rewards(&transform, cuts: cuts)
    var first = 0
    for (number, length) in cuts.enumerated() {
      // Slow oracle: the scores of every unroll again, weighed by their age.
      var (weights, values): ([Double], [Double]) = ([], [])
      var start = 0
      for (age, earlier) in zip((0...number).reversed(), cuts) {
        for score in play.scores[start * 3..<(start + earlier) * 3] where !score.isNaN {
          weights.append(pow(decay, Double(age)))
          values.append(Double(score))
        }
        start += earlier
      }
      let sum = weights.reduce(0, +)
      let mean = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / sum
      let variance = zip(weights, values).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) } / sum
      for index in first * 3..<(first + length) * 3 {
        #expect(rewards[index].isNaN == play.scores[index].isNaN)
        guard !rewards[index].isNaN, variance > 0 else { continue }
        let z = (Double(play.scores[index]) - mean) / variance.squareRoot()
        // An unroll without scores does not reduce weights, so the oracle holds only if all unrolls have scores.
        if decay == 1 { #expect(abs(Double(rewards[index]) - z) < 1e-4) }
        #expect(rewards[index].isFinite)
      }
      first += length
    }
  }

  @Test func equalScoresArePaidNothing() {
    let play = RandomPlay(steps: 20, columns: 2, seed: 1) { _, _ in 3 }
    var transform = Standardisation(decay: 1)
    for (reward, score) in zip(play.rewards(&transform, cuts: [20]), play.scores) {
      #expect(score.isNaN ? reward.isNaN : reward == 0)
    }
  }

  /// More than 16,000 scores fill the ring several times; the quantile is at most 512 scores and one unroll old.
  @Test(arguments: [0, 0.5, 0.9, 1])
  func paysWhatIsAboveTheQuantile(q: Double) throws {
    let play = RandomPlay(steps: 5000, columns: 8, seed: 11)
    var transform = QuantileThreshold(q: q)
    let rewards = play.rewards(&transform, cuts: Array(repeating: 10, count: 500))
    let known = zip(play.scores, rewards).filter { !$0.0.isNaN }
    #expect(zip(play.scores, rewards).allSatisfy { $0.0.isNaN == $0.1.isNaN })
    #expect(known.allSatisfy { $0.1 == 0 || $0.1 == $0.0 })
    let paid = Double(known.count { $0.1 != 0 }) / Double(known.count)
    #expect(abs(paid - (1 - q)) < 0.02)
    let latest = known.map(\.0).suffix(QuantileThreshold.windowCount + 512).sorted()
    let threshold = try #require(transform.threshold)
    let rank = Double(latest.count { $0 <= threshold }) / Double(latest.count)
    #expect(abs(rank - q) < 0.1)
  }

  /// The quantile of labels is one of them, and labels that are not above it are not paid.
  @Test func ofTwoLabelsTheBetterIsPaidWhereItIsRare() {
    for (rare, paid) in [(true, Float(1)), (false, 0)] {
      let play = RandomPlay(steps: 300, columns: 2, seed: 5) { _, generator in
        (generator.below(4) == 0) == rare ? 1 : 0
      }
      var transform = QuantileThreshold(q: 0.5)
      for (score, reward) in zip(play.scores, play.rewards(&transform, cuts: [300])) where !score.isNaN {
        #expect(reward == (score == 1 ? paid : 0))
      }
    }
  }

  @Test(arguments: [(0, 1), (0.5, 2), (1, 3)] as [(Double, Float)])
  func theThresholdIsAQuantileOfTheScores(q: Double, threshold: Float) {
    var transform = QuantileThreshold(q: q)
    #expect(transform.threshold == nil)
    var play = RandomPlay(steps: 3, columns: 1, seed: 1)
    play.scores = [3, 1, 2]
    _ = play.rewards(&transform, cuts: [3])
    #expect(transform.threshold == threshold)
  }

  @Test func aSavedRingKeepsItsOrder() throws {
    let play = RandomPlay(steps: 2000, columns: 8, seed: 2)
    var transform = QuantileThreshold(q: 0.5)
    _ = play.rewards(&transform, cuts: [1990, 10])
    let state = try #require(transform.state)
    guard case .scores(let saved) = state else { return #expect(Bool(false)) }
    #expect(saved == play.scores.filter { !$0.isNaN }.suffix(QuantileThreshold.windowCount))
    var restored = QuantileThreshold(q: 0.5)
    let fits = restored.restore(state)
    #expect(fits)
    #expect(restored.state == state)
  }
}
