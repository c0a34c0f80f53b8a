import Glibc
import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct PairWeightTests {
  private func bradleyTerry(_ examples: RewardExamples, _ rewards: [Float]) -> (loss: Double, gradients: [Float]) {
    var gradients = [Float](repeating: 0, count: rewards.count)
    let loss = CaptionLoss.bradleyTerry(
      rewards: rewards, pairs: examples.pairs, weights: examples.weights, total: examples.pairs.count,
      gradients: &gradients)
    return (loss, gradients)
  }

  private func examples(_ generator: inout RandomGenerator) -> (RewardExamples, [Float]) {
    let rewards = (0..<8).map { _ in 6 * generator.uniform() - 3 }
    let targets: [Float] = [0, 0.3, 0.5, 1]
    var examples = RewardExamples(captions: (1...8).map { UInt32($0) })
    examples.pairs = (0..<16).map { index in
      RewardPair(first: index % 8, second: (index * 3 + 1) % 8, target: targets[index % 4])
    }
    return (examples, rewards)
  }

  @Test func aWeightOfOneIsThePlainLossBitForBit() {
    var generator = RandomGenerator(seed: 9)
    for _ in 0..<20 {
      let (plain, rewards) = examples(&generator)
      var weighed = plain
      weighed.weigh(Array(repeating: 1, count: plain.pairs.count))
      let (first, second) = (bradleyTerry(plain, rewards), bradleyTerry(weighed, rewards))
      #expect(first.loss.bitPattern == second.loss.bitPattern && first.gradients == second.gradients)
    }
  }

  @Test func informationIsWhatPassesDisagreeOn() {
    #expect(UncertaintyWeight.information([0.3, 0.3, 0.3]) == 0)
    #expect(abs(UncertaintyWeight.information([0, 1]) - M_LN2) < 1e-12)
    #expect(UncertaintyWeight.information([]) == 0)
    // H(0.5) minus the mean of H(0.2) and H(0.8), which are equal.
    let entropy = -(0.2 * log(0.2) + 0.8 * log(0.8))
    #expect(abs(UncertaintyWeight.information([0.2, 0.8]) - (M_LN2 - entropy)) < 1e-12)
  }

  @Test func uncertainPairsAreKeptAsOftenAsTheyAreCertain() {
    let weight = UncertaintyWeight()
    let pairs = Array(repeating: RewardPair(first: 0, second: 1, target: 1), count: 4_000)
    var generator = RandomGenerator(seed: 3)
    // Two passes with probabilities 0.2 and 0.8.
    let odds = Float(log(4.0))
    let outputs = PairOutputs(passes: [[0, odds], [odds, 0]])
    let kept = Float(1 - UncertaintyWeight.information([0.2, 0.8]) / M_LN2)
    let weights = weight.weights(of: pairs, outputs, generator: &generator)
    #expect(weights.allSatisfy { $0 == 0 || abs($0 - kept) < 1e-5 })
    let share = Float(weights.count { $0 > 0 }) / 4_000
    #expect(abs(share - kept) < 5 * (kept * (1 - kept) / 4_000).squareRoot())
  }

  private func scores(_ change: (inout LearnedRewardOptions) -> Void) throws -> [Float?] {
    let captions = LearnedParts.captions(60)
    var options = LearnedParts.options(.ranking)
    options.stepsPerArrival = 8
    change(&options)
    let model = LearnedReward(options, coreShare: nil)
    for part in [captions[..<30], captions[30...]] {
      try model.learn(RewardUpdate(captions: Array(part), labels: LearnedParts.labels(part)))
    }
    return (1...60).map { model.score($0) }
  }

  @Test func withoutDropoutNothingIsFiltered() throws {
    let plain = try scores { _ in }
    #expect(
      try scores {
        $0.filtersUncertain = true
        $0.filterDropout = 0
      } == plain)
    #expect(try scores { $0.filtersUncertain = true } != plain)
  }
}
