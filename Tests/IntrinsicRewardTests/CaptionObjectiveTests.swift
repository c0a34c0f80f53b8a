import Captions
import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct CaptionObjectiveTests {
  private func store(_ values: [Float]) -> LabelledCaptions {
    var store = LabelledCaptions()
    let captions = values.indices.map { NewCaption(id: UInt32($0 + 1), bytes: Array("caption \($0)".utf8)) }
    let labels = values.indices.map { CaptionLabel(caption: UInt32($0 + 1), value: values[$0]) }
    _ = store.learn(RewardUpdate(captions: captions, labels: labels))
    return store
  }

  @Test func classificationPaysAboveItsThreshold() {
    var options = LearnedRewardOptions(.classification)
    let reward = ClassificationReward(options)
    #expect(reward.margin([0.5, 2]) == 1.5)
    #expect(reward.reward(margin: 0.01) == 1 && reward.reward(margin: -0.01) == 0 && reward.reward(margin: 0) == 0)
    #expect(reward.reward(margin: .nan).isNaN)
    options.threshold = 0.9
    #expect(ClassificationReward(options).reward(margin: 2) == 0)
    #expect(ClassificationReward(options).reward(margin: 3) == 1)
    options.paysProbability = true
    #expect(ClassificationReward(options).reward(margin: 0) == 0.5)
  }

  @Test func rankingPaysDeviationsFromTheMean() {
    var options = LearnedRewardOptions(.ranking)
    var reward = RankingReward(options)
    // There are no moments yet.
    #expect(reward.reward(margin: 3) == 0)
    reward.moments?.merge(count: 4, mean: 2, squaredDeviations: 36)
    #expect(reward.reward(margin: 8) == 2)
    #expect(reward.reward(margin: 1) == Float(-1.0 / 3))
    #expect(reward.reward(margin: 0.5) == 0 && reward.reward(margin: -4) == 0)
    options.paysRawOutput = true
    #expect(RankingReward(options).reward(margin: -4) == -4)
  }

  @Test func rankingTakesItsMomentsFromTrainingBatches() {
    var options = LearnedRewardOptions(.ranking)
    options.momentDecay = 0.5
    var reward = RankingReward(options)
    let examples = RewardExamples(captions: [1, 2], pairs: [RewardPair(first: 0, second: 1, target: 1)])
    var gradients: [Float] = [0, 0]
    _ = reward.differentiate([1, 3], examples, total: 1, gradients: &gradients)
    _ = reward.differentiate([5, 5], examples, total: 1, gradients: &gradients)
    // Two outputs with mean 2 at half weight, and two with mean 5.
    #expect(reward.moments?.mean == 4)
  }

  @Test func pairsAreOfDifferentCaptionsAndFollowTheirLabels() {
    let store = store([1, 0, 0.5, 1, 0, 1])
    var reward = RankingReward(LearnedRewardOptions(.ranking))
    var generator = RandomGenerator(seed: 3)
    let groups = reward.draw(from: store, count: 300, capacity: 64, generator: &generator)
    #expect(groups.count == 1 && groups[0].captions.count == 6 && groups[0].count == 300)
    var seen: Set<[UInt32]> = []
    for pair in groups[0].pairs {
      let (a, b) = (groups[0].captions[pair.first], groups[0].captions[pair.second])
      #expect(a != b)
      #expect(pair.target == RewardPair.preference(store.label(a) ?? -1, over: store.label(b) ?? -1))
      seen.insert([a, b])
    }
    #expect(seen.count == 30)
    // More texts than fit the memory are split into groups of pairs.
    let parts = reward.draw(from: store, count: 9, capacity: 4, generator: &generator)
    #expect(parts.map(\.count) == [2, 2, 2, 2, 1] && parts.allSatisfy { $0.captions.count <= 4 })
    #expect(reward.draw(from: self.store([1]), count: 9, capacity: 4, generator: &generator).isEmpty)
  }

  @Test func classificationDrawsEachLabelOnce() {
    let store = store([1, 0, 0.5, 1, 0, 1])
    var reward = ClassificationReward(LearnedRewardOptions(.classification))
    var generator = RandomGenerator(seed: 3)
    let groups = reward.draw(from: store, count: 256, capacity: 4, generator: &generator)
    #expect(groups.map(\.count) == [4, 2])
    #expect(groups.flatMap(\.captions).sorted() == [1, 2, 3, 4, 5, 6])
    for group in groups { #expect(group.targets == group.captions.map { store.label($0) ?? -1 }) }
    #expect(reward.draw(from: LabelledCaptions(), count: 9, capacity: 4, generator: &generator).isEmpty)
  }

  @Test func agreementCountsWhatIsRight() {
    let classification = ClassificationReward(LearnedRewardOptions(.classification))
    #expect(classification.agreement(margins: [1, -1, 2, 3], helpful: [true, false, false, true]) == 0.75)
    #expect(classification.agreement(margins: [], helpful: []) == nil)
    let ranking = RankingReward(LearnedRewardOptions(.ranking))
    #expect(ranking.agreement(margins: [1, 2], helpful: [true, true]) == nil)
    // Compared with counting pairs.
    var generator = RandomGenerator(seed: 5)
    for _ in 0..<20 {
      let margins = (0..<12).map { _ in Float(generator.below(6)) }
      let helpful = (0..<12).map { _ in generator.below(2) == 1 }
      var (right, pairs) = (0.0, 0.0)
      for a in 0..<12 where helpful[a] {
        for b in 0..<12 where !helpful[b] {
          pairs += 1
          right += margins[a] > margins[b] ? 1 : margins[a] == margins[b] ? 0.5 : 0
        }
      }
      let agreement = ranking.agreement(margins: margins, helpful: helpful)
      #expect(pairs == 0 ? agreement == nil : abs((agreement ?? 9) - right / pairs) < 1e-12)
    }
  }
}
