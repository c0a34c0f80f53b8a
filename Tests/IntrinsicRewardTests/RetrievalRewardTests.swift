import Captions
import IntrinsicReward
import Runtime
import Tensor
import Testing

@Suite struct RetrievalRewardTests {
  @Test func unlabelledCaptionsHaveNoScore() {
    var model = RetrievalReward()
    #expect(model.score(0) == nil)
    #expect(model.score(7) == nil)
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 9, value: 1)]))
    #expect(model.score(7) == nil)
    #expect(model.score(9) == 1)
    #expect(model.score(.max) == nil)
  }

  @Test func aZeroLabelIsKnown() {
    var model = RetrievalReward()
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 3, value: 0)]))
    #expect(model.score(3) == 0)
    #expect(model.labelledCount == 1)
  }

  @Test func theLastLabelWins() {
    var model = RetrievalReward()
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 3, value: 0), CaptionLabel(caption: 3, value: 1)]))
    #expect(model.score(3) == 1)
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 3, value: 0.5)]))
    #expect(model.score(3) == 0.5)
    #expect(model.labelledCount == 1)
  }

  @Test func theVersionGrowsOnlyWithChanges() {
    var model = RetrievalReward()
    #expect(model.version == 0)
    model.learn(RewardUpdate())
    #expect(model.version == 0)
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 1), CaptionLabel(caption: 2, value: 0)]))
    #expect(model.version == 1)
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 1)]))
    #expect(model.version == 1)
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 0)]))
    #expect(model.version == 2)
  }

  @Test func unusableLabelsAreRefusedAndCounted() {
    var model = RetrievalReward()
    model.learn(
      RewardUpdate(labels: [
        CaptionLabel(caption: 0, value: 1),
        CaptionLabel(caption: 1, value: -.infinity),
        CaptionLabel(caption: 2, value: .infinity),
        CaptionLabel(caption: UInt32(RetrievalReward.maximumCaptionCount), value: 1),
        CaptionLabel(caption: .max, value: 1),
      ]))
    #expect(model.refusedCount == 5)
    #expect(model.labelledCount == 0)
    #expect(model.version == 0)
    #expect((0...2).allSatisfy { model.score($0) == nil })
  }

  @Test func labelsOutsideTheirRangeAreMovedIntoIt() {
    var model = RetrievalReward()
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 3.4e38), CaptionLabel(caption: 2, value: -7)]))
    #expect(model.score(1) == 1 && model.score(2) == 0 && model.refusedCount == 0)
  }

  @Test func nanTakesALabelBack() {
    var model = RetrievalReward()
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 3, value: .nan), CaptionLabel(caption: 4, value: 1)]))
    #expect(model.version == 1 && model.labelledCount == 1)
    model.learn(
      RewardUpdate(labels: [CaptionLabel(caption: 4, value: .nan), CaptionLabel(caption: 5_000, value: .nan)]))
    #expect(model.version == 2 && model.labelledCount == 0 && model.score(4) == nil && model.refusedCount == 0)
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 4, value: .nan)]))
    #expect(model.version == 2)
  }

  @Test func agreesWithADictionary() {
    var generator = RandomGenerator(seed: 11)
    var model = RetrievalReward()
    var oracle: [UInt32: Float] = [:]
    for _ in 0..<200 {
      let labels = (0..<generator.below(20)).map { _ in
        CaptionLabel(caption: UInt32(1 + generator.below(5000)), value: generator.uniform())
      }
      model.learn(RewardUpdate(labels: labels))
      for label in labels { oracle[label.caption] = label.value }
    }
    #expect(model.labelledCount == oracle.count)
    #expect((0...6000).allSatisfy { model.score($0) == oracle[$0] })
  }

  @Test func noRewardKnowsNothing() {
    var model = NoReward()
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 1)]))
    #expect(model.score(1) == nil)
    #expect(model.version == 0)
  }
}
