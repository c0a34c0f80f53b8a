import Captions
import IntrinsicReward
import Runtime
import Tensor
import Testing

@Suite struct RewardMixerTests {
  private struct Mixed {
    var extrinsic: [Float]
    var intrinsic: [Float]
    var statistics: RewardStatistics
  }

  private func mix(
    _ mixer: inout RewardMixer, _ model: some RewardModel, rewards: [Float], captions: [UInt32]? = nil,
    counts: [UInt16]? = nil
  ) -> Mixed {
    let steps = rewards.count
    var extrinsic = [Float](repeating: .nan, count: steps)
    var intrinsic = [Float](repeating: .nan, count: steps)
    let flags = [UInt8](repeating: 0, count: steps)
    var model = model
    let statistics = mixer.mix(
      RewardInputs(
        group: 0, steps: steps, columns: 1, rewards: rewards, flags: flags,
        captions: captions ?? Array(repeating: 0, count: steps),
        captionCounts: counts ?? Array(repeating: 1, count: steps)),
      model: &model, extrinsic: &extrinsic, intrinsic: &intrinsic)
    return Mixed(extrinsic: extrinsic, intrinsic: intrinsic, statistics: statistics)
  }

  @Test func scalesClipsAndWeighsTheExtrinsicReward() {
    var options = RewardOptions()
    options.extrinsicScale = 2
    options.extrinsicClip = 10
    options.extrinsicCoefficient = 0.5
    var mixer = RewardMixer(options)
    let mixed = mix(&mixer, NoReward(), rewards: [1, -1, 50, -50, 5])
    #expect(mixed.extrinsic == [1, -1, 5, -5, 5])
    #expect(mixed.statistics.clippedSteps == 2)
    #expect(mixed.statistics.meanExtrinsic == 1)
    #expect(mixed.intrinsic == [0, 0, 0, 0, 0])
  }

  @Test func clipZeroIsOff() {
    var options = RewardOptions()
    options.extrinsicClip = 0
    options.extrinsicCoefficient = 1
    var mixer = RewardMixer(options)
    #expect(mix(&mixer, NoReward(), rewards: [1e6, -1e6]).extrinsic == [1e6, -1e6])
  }

  @Test func aRewardThatIsNotANumberIsNotHidden() {
    var mixer = RewardMixer(RewardOptions())
    let mixed = mix(&mixer, NoReward(), rewards: [.nan, 1])
    #expect(mixed.extrinsic[0].isNaN)
    #expect(mixed.statistics.clippedSteps == 0)
  }

  @Test func paysLabelledCaptionsByTheirCount() {
    var options = RewardOptions()
    options.intrinsicCoefficient = 0.4
    options.countExponent = 3
    var mixer = RewardMixer(options)
    var model = RetrievalReward()
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 5, value: 1), CaptionLabel(caption: 6, value: 0)]))
    let mixed = mix(
      &mixer, model, rewards: [0, 0, 0, 0, 0], captions: [5, 5, 6, 7, 0], counts: [1, 2, 1, 1, 40])
    #expect(mixed.intrinsic == [0.4, 0.4 * 0.125, 0, 0, 0])
    #expect(mixed.statistics.steps == 5)
    #expect(mixed.statistics.captionedSteps == 4)
    #expect(mixed.statistics.labelledSteps == 3)
    #expect(mixed.statistics.unlabelledSteps == 1)
    #expect(mixed.statistics.paidSteps == 2)
    #expect(mixed.statistics.knownShare == 0.6)
    #expect(mixed.statistics.coverage == 0.75)
  }

  @Test func noveltyPaysEachCaptionByItsCountAlone() {
    var mixer = RewardMixer(RewardOptions())
    let mixed = mix(
      &mixer, NoveltyReward(), rewards: [0, 0, 0, 0], captions: [5, 5, 6, 0], counts: [1, 2, 1, 1])
    #expect(mixed.intrinsic == [0.4, 0.4 * 0.125, 0.4, 0])
    #expect(mixed.statistics.coverage == 1)
  }

  @Test func unknownSharesAreNotZero() {
    let statistics = RewardStatistics()
    #expect(statistics.knownShare == nil)
    #expect(statistics.coverage == nil)
    #expect(statistics.meanIntrinsic == nil)
  }

  @Test func newLabelsPayOldData() {
    var mixer = RewardMixer(RewardOptions())
    var model = RetrievalReward()
    #expect(mix(&mixer, model, rewards: [0], captions: [5]).intrinsic == [0])
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 5, value: 1)]))
    #expect(mix(&mixer, model, rewards: [0], captions: [5]).intrinsic == [0.4])
  }

  @Test func normalisedRewardsDoNotDependOnTheirScale() {
    var options = RewardOptions()
    options.normaliseExtrinsic = true
    options.extrinsicClip = 0
    options.extrinsicCoefficient = 1
    var generator = RandomGenerator(seed: 9)
    let rewards = (0..<500).map { _ in generator.uniform() - 0.5 }
    var small = RewardMixer(options)
    var large = RewardMixer(options)
    let one = mix(&small, NoReward(), rewards: rewards)
    let thousand = mix(&large, NoReward(), rewards: rewards.map { 1024 * $0 })
    #expect(one.extrinsic != rewards)
    #expect(zip(one.extrinsic, thousand.extrinsic).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(large.normaliser.divisor > 500 * small.normaliser.divisor)
  }

  @Test func statisticsAddUp() {
    var options = RewardOptions()
    options.countExponent = 1
    var mixer = RewardMixer(options)
    var model = RetrievalReward()
    model.learn(RewardUpdate(labels: [CaptionLabel(caption: 1, value: 1)]))
    let first = mix(&mixer, model, rewards: [1, 20], captions: [1, 2])
    let second = mix(&mixer, model, rewards: [3], captions: [1], counts: [2])
    var sum = first.statistics
    sum += second.statistics
    let whole = mix(&mixer, model, rewards: [1, 20, 3], captions: [1, 2, 1], counts: [1, 1, 2])
    #expect(sum == whole.statistics)
  }
}
