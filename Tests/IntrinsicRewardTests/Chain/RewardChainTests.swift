import Foundation
import Statistics
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct RewardChainTests {
  private struct NoModel: RewardModel {
    var version: Int { 0 }
    mutating func learn(_ update: RewardUpdate) {}
    func score(_ caption: UInt32) -> Float? { Float(caption % 3) / 2 }
  }

  private func chain(_ names: [String]) -> RewardChain {
    var options = RewardOptions()
    options.chain = names.map { RewardStage($0) }
    return RewardChain(options)
  }

  private static let names = RewardTransformEntry.all.map(\.name)

  private func rewards(_ chain: inout RewardChain, _ play: RandomPlay, cuts: [Int], group: UInt64 = 1) -> [Float] {
    var rewards: [Float] = []
    var first = 0
    for (number, length) in cuts.enumerated() {
      var unroll = Array(play.scores[first * play.columns..<(first + length) * play.columns])
      play.withInputs(first..<first + length, group: group, policyVersion: UInt64(number), updates: UInt64(number)) {
        chain.apply(&unroll, $0, NoModel())
      }
      rewards += unroll
      first += length
    }
    return rewards
  }

  @Test func theDefaultIsTheEpisodicCount() {
    let play = RandomPlay(steps: 40, columns: 4, seed: 1)
    var (mixer, count) = (RewardMixer(RewardOptions()), EpisodicCount(exponent: 3))
    let cuts = play.cuts(seed: 2)
    let first = rewards(&mixer.chain, play, cuts: cuts)
    #expect(first.map(\.bitPattern) == play.rewards(&count, cuts: cuts).map(\.bitPattern))
    #expect(mixer.chain.state.isEmpty && mixer.chain.facts.isEmpty && !mixer.chain.readsTexts)
  }

  @Test func namesAreDistinctAndParametersInTheirRanges() {
    #expect(Set(Self.names).count == Self.names.count)
    for entry in RewardTransformEntry.all {
      #expect(Set(entry.parameters.map(\.name)).count == entry.parameters.count)
      for parameter in entry.parameters {
        #expect(parameter.defaultValue.map(parameter.range.contains) ?? !parameter.defaultText.isEmpty)
      }
    }
  }

  @Test(arguments: names)
  func everyTransformIsFinite(name: String) {
    for seed in 1...3 as ClosedRange<UInt64> {
      let play = RandomPlay(steps: 100, columns: 3, seed: seed) { _, generator in
        generator.below(4) == 0 ? .nan : (generator.uniform() - 0.5) * [1, 1e-6, 1e6][generator.below(3)]
      }
      var chain = chain([name])
      #expect(rewards(&chain, play, cuts: play.cuts(seed: seed)).allSatisfy { $0.isNaN || $0.isFinite })
      #expect(chain.facts.values.allSatisfy { $0.isFinite })
    }
  }

  /// The episodes of one group do not affect the rewards of another group's running episodes.
  @Test(arguments: ["delta", "potential", "clip", "count", "anneal"])
  func groupsDoNotMix(name: String) {
    let (one, other) = (RandomPlay(steps: 40, columns: 2, seed: 1), RandomPlay(steps: 40, columns: 3, seed: 2))
    var (alone, both) = (chain([name]), chain([name]))
    let expected = rewards(&alone, one, cuts: [20]) + rewards(&alone, one, cuts: [40])
    var found = rewards(&both, one, cuts: [20])
    _ = rewards(&both, other, cuts: [40], group: 2)
    found += rewards(&both, one, cuts: [40])
    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
  }

  /// A run that resumes between episodes continues as if it had not stopped.
  @Test(arguments: names.filter { $0 != "information" })
  func savedStateGoesOnTheSame(name: String) throws {
    var (first, second) = (RandomPlay(steps: 50, columns: 3, seed: 1), RandomPlay(steps: 50, columns: 3, seed: 2))
    for column in 0..<3 { (first.flags[147 + column], second.flags[147 + column]) = (1, 1) }
    var whole = chain([name])
    whole.learn((1...6).map { NewCaption(id: $0, bytes: [UInt8($0)]) })
    _ = rewards(&whole, first, cuts: [25, 25])
    let text = try JSONEncoder().encode(whole.state)
    var resumed = chain([name])
    let restarted = resumed.restore(try JSONDecoder().decode(RewardChainState.self, from: text))
    #expect(restarted == [])
    resumed.learn((1...6).map { NewCaption(id: $0, bytes: [UInt8($0)]) })
    let (expected, found) = (rewards(&whole, second, cuts: [50]), rewards(&resumed, second, cuts: [50]))
    for (one, other) in zip(expected, found) { #expect(one.isNaN ? other.isNaN : abs(one - other) < 1e-6) }
    #expect(resumed.state == whole.state)
  }

  @Test func whatDoesNotFitBeginsAnew() {
    var saved = RewardChainState()
    saved.transforms["standardise"] = .moments(RunningMoments(decay: 0.5))
    saved.transforms["trust"] = .scores([])
    var chain = chain(["standardise", "quantile", "trust", "count"])
    let restarted = chain.restore(saved)
    #expect(restarted == ["standardise", "quantile", "trust"])
    let same = chain.restore(chain.state)
    #expect(same == [])
  }

  @Test func theSilentGroupMakesRoom() {
    let play = RandomPlay(steps: 1, columns: 1, seed: 1)
    var carry = EpisodeCarry<Int>()
    for group in 1...UInt64(EpisodeCarry<Int>.maximumGroupCount + 1) {
      play.withInputs(0..<1, group: group) { carry.keep([Int(group)], $0) }
    }
    let first = play.withInputs(0..<1, group: 1) { carry.take($0, initial: -1) }
    let second = play.withInputs(0..<1, group: 2) { carry.take($0, initial: -1) }
    #expect(first == [-1] && second == [2])
  }

  @Test(arguments: names)
  func withoutCoefficientNothingIsPaid(name: String) {
    var options = RewardOptions()
    options.intrinsicCoefficient = 0
    options.chain = [RewardStage(name)]
    var mixer = RewardMixer(options)
    let play = RandomPlay(steps: 40, columns: 2, seed: 3)
    var (extrinsic, intrinsic) = ([Float](repeating: 1, count: 80), [Float](repeating: 1, count: 80))
    var model = NoModel()
    _ = play.withInputs(0..<40) { mixer.mix($0, model: &model, extrinsic: &extrinsic, intrinsic: &intrinsic) }
    #expect(intrinsic.allSatisfy { $0.bitPattern == 0 })
  }
}
