import Foundation
import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct PreferenceAsRewardTests {
  /// Scores by caption; other captions are unknown.
  private struct Table: RewardModel {
    var scores: [UInt32: Float]
    var version: Int { 0 }
    mutating func learn(_ update: RewardUpdate) {}
    func score(_ caption: UInt32) -> Float? { scores[caption] }
  }

  private func chain(_ text: RewardStage...) -> RewardChain {
    var options = RewardOptions()
    options.chain = text
    return RewardChain(options)
  }

  /// Rewards of one unroll of `captions`, scored by `model`.
  private func rewards(
    _ chain: inout RewardChain, _ captions: [UInt32], _ model: Table, policyVersion: UInt64
  ) -> [Float] {
    var play = RandomPlay(steps: captions.count, columns: 1, seed: 1)
    play.captions = captions
    var rewards = captions.map { $0 == 0 ? .nan : model.scores[$0] ?? .nan }
    play.withInputs(0..<captions.count, policyVersion: policyVersion) { chain.apply(&rewards, $0, model) }
    return rewards
  }

  @Test func isTheMeanOfSigmoids() {
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<200 {
      let references = (0..<1 + generator.below(10)).map { _ in 10 * generator.uniform() - 5 }
      let score = 10 * generator.uniform() - 5
      let slope = 3 * generator.uniform() + 0.01
      let reward = PreferenceAsReward.reward(score, references: references, slope: slope)
      let slow = references.map { 1 / (1 + exp(Double(slope) * (Double($0) - Double(score)))) }
      #expect(abs(Double(reward) - slow.reduce(0, +) / Double(slow.count)) < 1e-5)
    }
  }

  @Test func staysBetweenZeroAndOne() {
    for score in [-Float.greatestFiniteMagnitude, -1e30, -100, 0, 100, 1e30, .greatestFiniteMagnitude] {
      let reward = PreferenceAsReward.reward(score, references: [0, 1, -3], slope: 1000)
      #expect(reward > 0 && reward < 1)
    }
    #expect(PreferenceAsReward.reward(1, references: [], slope: 1).isNaN)
    #expect(PreferenceAsReward.reward(.nan, references: [1], slope: 1).isNaN)
  }

  /// All scores are multiples of 1/64 below 2^10, so adding the constant is exact.
  @Test func aConstantAddedToAllScoresChangesNothing() {
    var generator = RandomGenerator(seed: 9)
    let model = Table(
      scores: Dictionary(uniqueKeysWithValues: (1...20).map { ($0, Float(generator.below(512)) / 64) }))
    let captions = (0..<100).map { _ in UInt32(generator.below(22)) }
    for constant in [-100, 7, 512] as [Float] {
      var (plain, shifted) = (chain(RewardStage("par")), chain(RewardStage("par")))
      let first = rewards(&plain, captions, model, policyVersion: 0)
      let moved = Table(scores: model.scores.mapValues { $0 + constant })
      let second = rewards(&shifted, captions, moved, policyVersion: 0)
      #expect(first.map(\.bitPattern) == second.map(\.bitPattern))
    }
  }

  @Test func nothingIsKnownBeforeThereAreReferences() {
    var chain = chain(RewardStage("par"))
    let unknown = Table(scores: [:])
    let first = rewards(&chain, [1, 0, 2], unknown, policyVersion: 0)
    // The references are now captions 1 and 2, which have no scores.
    let second = rewards(&chain, [3], Table(scores: [3: 1]), policyVersion: 1)
    let third = rewards(&chain, [3], Table(scores: [3: 1, 1: 1]), policyVersion: 1)
    #expect(first.allSatisfy(\.isNaN) && second.allSatisfy(\.isNaN))
    #expect(third == [0.5])
    #expect(chain.facts == [.reference: 1])
  }

  @Test func onlyTheInitialPolicyIsAReference() {
    var chain = chain(RewardStage("par"))
    let model = Table(scores: [1: 0, 2: 50])
    _ = rewards(&chain, [1, 1, 1], model, policyVersion: 0)
    _ = rewards(&chain, [2, 2, 2], model, policyVersion: 1)
    _ = rewards(&chain, [2, 2, 2], model, policyVersion: 0)
    #expect(chain.facts == [.reference: 0])
    let later = rewards(&chain, [1], model, policyVersion: 2)
    #expect(later == [0.5])
  }

  /// References are a uniform sample of the steps: of ten thousand, a quarter with caption 1.
  @Test func referencesAreDrawnByHowOftenTheyAreMet() throws {
    var transform = PreferenceAsReward(slope: 1, references: 400)
    var play = RandomPlay(steps: 10_000, columns: 1, seed: 1)
    play.captions = (0..<10_000).map { $0 % 4 == 0 ? 1 : 2 }
    let references = play.withInputs(0..<10_000) { transform.references(for: $0) }
    #expect(references.count == 400)
    // 100 expected, deviation 8.7.
    #expect(abs(references.count { $0 == 1 } - 100) < 45)
  }

  @Test func referencesAreScoredAnewAndAfterWhatComesBefore() {
    var chain = chain(RewardStage("quantile", ["q": 0]), RewardStage("par"))
    let first = rewards(&chain, [1, 2], Table(scores: [1: 1, 2: 2]), policyVersion: 0)
    #expect(first[1] > 0.5)
    #expect(chain.facts[.reference] == 1)  // caption 1 is at the quantile and becomes 0, caption 2 stays 2
    _ = rewards(&chain, [1, 2], Table(scores: [1: 1, 2: 5]), policyVersion: 1)
    #expect(chain.facts[.reference] == 2.5)
  }

  @Test func referencesSurviveARestartByTheirTexts() throws {
    var before = chain(RewardStage("par"))
    #expect(before.readsTexts)
    before.learn([NewCaption(id: 1, bytes: [65]), NewCaption(id: 2, bytes: [66]), NewCaption(id: 3, bytes: [67])])
    let model = Table(scores: [1: 1, 2: 3, 3: 0])
    _ = rewards(&before, [1, 2, 0, 2], model, policyVersion: 0)
    let text = try JSONEncoder().encode(before.state)

    var after = chain(RewardStage("par"))
    let restarted = after.restore(try JSONDecoder().decode(RewardChainState.self, from: text))
    #expect(restarted == [])
    // The same captions with other ids, one of them late.
    let renamed = Table(scores: [7: 1, 5: 3, 3: 0])
    after.learn([NewCaption(id: 7, bytes: [65]), NewCaption(id: 3, bytes: [67])])
    _ = rewards(&after, [3], renamed, policyVersion: 9)
    #expect(after.facts == [.reference: 1])
    after.learn([NewCaption(id: 5, bytes: [66])])
    let (first, second) = (
      rewards(&before, [3], model, policyVersion: 9), rewards(&after, [3], renamed, policyVersion: 9)
    )
    #expect(abs(first[0] - second[0]) < 1e-6)
    #expect(after.facts == before.facts)
    #expect(after.state == before.state)
  }
}
