import Captions
import Glibc
import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct PairFilterTests {
  @Test func aVoteAgainstTheLabelDropsAPair() {
    #expect(PairFilter.weight([0.9, 0.9, 0.9], target: 1) == 1)
    #expect(PairFilter.weight([0.9, 0.9, 0.9], target: 0) == 0)
    #expect(PairFilter.weight([0.9, 0.2, 0.3], target: 1) == 0)
    #expect(PairFilter.weight([0.9, 0.2, 0.3], target: 0.1) > 0)
    // Half of the votes is no majority.
    #expect(PairFilter.weight([0.9, 0.1], target: 1) > 0 && PairFilter.weight([0.9, 0.1], target: 0) > 0)
  }

  @Test func informationIsWhatPassesDisagreeOn() {
    #expect(PairFilter.information([0.3, 0.3, 0.3]) == 0)
    #expect(abs(PairFilter.information([0, 1]) - M_LN2) < 1e-12)
    #expect(PairFilter.information([]) == 0)
    // H(0.5) minus the mean of H(0.2) and H(0.8), which are equal.
    let entropy = -(0.2 * log(0.2) + 0.8 * log(0.8))
    #expect(abs(PairFilter.information([0.2, 0.8]) - (M_LN2 - entropy)) < 1e-12)
    let weight = PairFilter.weight([0.8, 0.9, 0.6], target: 1)
    #expect(abs(weight - Float(1 - PairFilter.information([0.8, 0.9, 0.6]) / M_LN2)) < 1e-6)
  }

  private func bradleyTerry(_ examples: RewardExamples, _ rewards: [Float]) -> (loss: Double, gradients: [Float]) {
    var gradients = [Float](repeating: 0, count: rewards.count)
    let loss = CaptionLoss.bradleyTerry(
      rewards: rewards, pairs: examples.pairs, weights: examples.weights, total: examples.pairs.count,
      gradients: &gradients)
    return (loss, gradients)
  }

  @Test func aWeightOfOneIsThePlainLossBitForBit() {
    var generator = RandomGenerator(seed: 9)
    for _ in 0..<20 {
      let rewards = (0..<8).map { _ in 6 * generator.uniform() - 3 }
      var plain = RewardExamples(captions: (1...8).map { UInt32($0) })
      plain.pairs = (0..<16).map {
        RewardPair(first: $0 % 8, second: ($0 * 3 + 1) % 8, target: [0, 0.3, 0.5, 1][$0 % 4])
      }
      var weighed = plain
      weighed.weigh(Array(repeating: 1, count: plain.pairs.count))
      let (first, second) = (bradleyTerry(plain, rewards), bradleyTerry(weighed, rewards))
      #expect(first.loss.bitPattern == second.loss.bitPattern && first.gradients == second.gradients)
    }
  }

  // MARK: Halves

  private func labelled(_ update: RewardUpdate) -> LabelledCaptions {
    var captions = LabelledCaptions()
    _ = captions.learn(update)
    return captions
  }

  private let captions = LearnedParts.captions(80)

  /// Captions are split if they have the answers, and pairs if pairs have them.
  @Test func whatHasAnAnswerIsSplit() {
    let labels = labelled(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions)))
    var asked = RewardUpdate(captions: captions)
    asked.preferences = [CaptionPreference(first: 1, second: 2, target: 1)]
    let pairs = labelled(asked)
    var counts = [0: 0, 1: 0, -1: 0]
    for first in UInt32(1)...79 {
      let half = PairSplit.half(first, first + 1, labels)
      counts[half ?? -1, default: 0] += 1
      #expect(half == PairSplit.half(first + 1, first, labels))
      let ofPair = PairSplit.half(first, first + 1, pairs)
      #expect(ofPair != nil && ofPair == PairSplit.half(first + 1, first, pairs))
    }
    // A quarter, a quarter and a half of 79, with five deviations of a binomial to each side.
    #expect(
      (2...39).contains(counts[0] ?? 0) && (2...39).contains(counts[1] ?? 0) && (17...62).contains(counts[-1] ?? 0))
  }

  @Test(arguments: [0, 1])
  func anEstimatorLearnsFromItsHalf(half: Int) {
    let data = labelled(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions)))
    var options = LearnedParts.options(.ranking).estimator(of: half)
    options.batchSize = 20
    var ranking = RankingReward(options)
    var generator = RandomGenerator(seed: 4)
    let drawn = ranking.draw(from: data, count: 20, capacity: 64, generator: &generator)
    let pairs = drawn.flatMap { group in group.pairs.map { (group.captions[$0.first], group.captions[$0.second]) } }
    #expect(pairs.count >= 15 && pairs.allSatisfy { PairSplit.half($0, $1, data) == half })
  }

  // MARK: Planted flips

  /// The shares of right answers among kept and dropped pairs after four arrivals of answers, of which `flipRate` are wrong.
  private func shares(flipRate: Float, seed: UInt64) -> (kept: Double, dropped: Double?) {
    var options = LearnedParts.options(.ranking, seed: seed)
    options.filtersUncertain = true
    let learner = CaptionLearner(options)
    learner.take(RewardUpdate(captions: captions), policyUpdates: 0)
    var generator = RandomGenerator(seed: seed)
    var (asked, right) = ([CaptionPreference](), [Bool]())
    for _ in 0..<4 {
      var update = RewardUpdate()
      while update.preferences.count < 150 {
        let (a, b) = (captions[generator.below(80)], captions[generator.below(80)])
        guard LearnedParts.isHelpful(a) != LearnedParts.isHelpful(b) else { continue }
        let isRight = generator.uniform() >= flipRate
        right.append(isRight)
        update.preferences.append(
          CaptionPreference(first: a.id, second: b.id, target: LearnedParts.isHelpful(a) == isRight ? 1 : 0))
      }
      asked += update.preferences
      learner.take(update, policyUpdates: 0)
      while learner.advance() {}
    }
    let isKept = learner.weights(of: asked).map { $0 > 0 }
    func share(_ kept: Bool) -> Double? {
      let chosen = zip(right, isKept).filter { $0.1 == kept }
      return chosen.isEmpty ? nil : Double(chosen.count { $0.0 }) / Double(chosen.count)
    }
    return (share(true) ?? 0, share(false))
  }

  @Test func wrongAnswersAreDropped() {
    let gap = LearnedParts.medianOfSeeds { seed in
      let shares = shares(flipRate: 0.3, seed: seed)
      return shares.kept - (shares.dropped ?? 1)
    }
    #expect(gap > 0.6)
  }

  /// The control: if answers are coins, no vote agrees with them, and nothing is dropped or the dropped ones are no worse.
  @Test func coinsAreNotToldApart() {
    let gap = LearnedParts.medianOfSeeds { seed in
      let shares = shares(flipRate: 0.5, seed: seed)
      return shares.dropped.map { abs(shares.kept - $0) } ?? 0
    }
    #expect(gap < 0.2)
  }

  /// Labels of captions are wrong for all pairs of the caption. Its half has never been seen by the estimator that votes.
  @Test func pairsOfWronglyLabelledCaptionsAreDropped() {
    let gap = LearnedParts.medianOfSeeds { seed -> Double in
      var options = LearnedParts.options(.ranking, seed: seed)
      options.filtersUncertain = true
      options.stepsPerArrival = 96
      var generator = RandomGenerator(seed: seed)
      let isWrong = captions.map { _ in generator.uniform() < 0.2 }
      let labels = captions.map {
        CaptionLabel(caption: $0.id, value: LearnedParts.isHelpful($0) != isWrong[Int($0.id) - 1] ? 1 : 0)
      }
      let learner = CaptionLearner(options)
      learner.take(RewardUpdate(captions: captions, labels: labels), policyUpdates: 0)
      while learner.advance() {}
      let pairs = captions.flatMap { a in
        captions.filter { $0.id > a.id && labels[Int(a.id) - 1].value != labels[Int($0.id) - 1].value }.map { b in
          CaptionPreference(first: a.id, second: b.id, target: labels[Int(a.id) - 1].value > 0.5 ? 1 : 0)
        }
      }
      let weights = learner.weights(of: pairs)
      func wrongShare(_ isKept: Bool) -> Double {
        let chosen = zip(pairs, weights).filter { ($1 > 0) == isKept }.map(\.0)
        return Double(chosen.count { isWrong[Int($0.first) - 1] || isWrong[Int($0.second) - 1] }) / Double(chosen.count)
      }
      return wrongShare(false) - wrongShare(true)
    }
    #expect(gap > 0.2)
  }

  @Test func theFilterChangesWhatIsLearned() throws {
    func scores(_ change: (inout LearnedRewardOptions) -> Void) throws -> [Float?] {
      var options = LearnedParts.options(.ranking)
      options.stepsPerArrival = 8
      change(&options)
      let model = LearnedReward(options, coreShare: nil)
      for part in [captions[..<30], captions[30...]] {
        try model.learn(RewardUpdate(captions: Array(part), labels: LearnedParts.labels(part)))
      }
      return (1...80).map { model.score($0) }
    }
    let plain = try scores { _ in }
    let filtered = try scores { $0.filtersUncertain = true }
    #expect(filtered != plain && filtered.allSatisfy { $0 != nil })
    #expect(try scores { $0.filtersUncertain = true } == filtered)
    // Estimators have dropout and the model has none.
    #expect(try scores { $0.filterDropout = 0.5 } == plain)
  }
}
