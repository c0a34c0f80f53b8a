import Runtime
import TestSupport
import Testing

@testable import TextPolicy

@Suite struct LearningTests {
  private let options = TransformerOptions(vocabulary: 8, width: 16, layers: 1, heads: 2, context: 12)

  /// After a prompt 1...5 follow the next two numbers and the end, 0.
  private func text(_ first: UInt8) -> TokenSequence {
    TokenSequence(tokens: [first, first + 1, first + 2, 0], promptCount: 1)
  }

  private func trained(seed: UInt64) throws -> TextPolicy {
    let policy = TextPolicy(try Transformer(options), seed: seed)
    let learner = SequenceLearner(policy, learningRate: 1e-2)
    let batch = SequenceBatch((1...5).map { text(UInt8($0)) })
    for _ in 0..<150 {
      learner.update(batch, groupSize: 1) { LikelihoodLoss.add($0, weight: 0.1, to: &$1) }
    }
    return policy
  }

  @Test func policyLearnsDemonstrationsAndSamplesThem() throws {
    let policy = try trained(seed: 1)
    let sampler = TextSampler(policy.transformer)
    let sampling = SamplingOptions(temperature: 0, repeats: 2, length: 12, end: 0)
    let answers = sampler.sample((1...5).map { [UInt8($0)] }, policy: policy, options: sampling, seed: 1)
    #expect(answers.map(\.tokens) == (1...5).flatMap { [text($0).tokens, text($0).tokens] })
    #expect(answers.allSatisfy { $0.isChosen == [false, true, true, true] })
  }

  @Test func sampledLogProbabilitiesAreTheScorersBits() throws {
    let policy = try trained(seed: 2)
    let sampler = TextSampler(policy.transformer)
    let sampling = SamplingOptions(repeats: 3, length: 10, end: 0)
    let prompts: [[UInt8]] = [[1], [3, 4], [2, 2, 2]]
    let answers = sampler.sample(prompts, policy: policy, options: sampling, seed: 3)
    let scores = SequenceScorer(policy.transformer).logProbabilities(answers, policy: policy)
    for (answer, score) in zip(answers, scores) {
      for token in 0..<answer.count where answer.isChosen[token] {
        #expect(answer.old[token] == score[token])
      }
    }
  }

  @Test func answersDoNotDependOnTheirNeighbours() throws {
    let policy = try trained(seed: 3)
    let sampler = TextSampler(policy.transformer)
    let sampling = SamplingOptions(repeats: 4, length: 12, end: 0)
    let all = sampler.sample((1...5).map { [UInt8($0)] }, policy: policy, options: sampling, seed: 9)
    let first = sampler.sample([[1]], policy: policy, options: sampling, seed: 9)
    #expect(Array(all[..<4]) == first)
    #expect(Set(all.map(\.tokens)).count >= 5)
  }

  @Test func repliesAreNotChosen() throws {
    let policy = try trained(seed: 4)
    let sampler = TextSampler(policy.transformer)
    let sampling = SamplingOptions(temperature: 0, length: 12, end: 0)
    let answers = sampler.sample([[1]], policy: policy, options: sampling, seed: 1) { _, tokens in
      tokens.count == 4 ? [3] : nil
    }
    #expect(answers[0].tokens[4] == 3 && !answers[0].isChosen[4])
    #expect(answers[0].isChosen[5])
  }

  @Test func mixtureOfAPolicyWithItselfIsThePolicy() throws {
    let policy = try trained(seed: 5)
    let sampler = TextSampler(policy.transformer)
    let sampling = SamplingOptions(temperature: 0, length: 12, end: 0)
    let mixture = TextSampler.Mixture(policy: policy, share: 0.5)
    let mixed = sampler.sample([[2]], policy: policy, options: sampling, seed: 1, mixture: mixture)
    #expect(mixed[0].tokens == text(2).tokens)
  }

  @Test func sameSeedGivesTheSameBits() throws {
    #expect(try trained(seed: 6).parameters.array == trained(seed: 6).parameters.array)
    #expect(try trained(seed: 6).parameters.array != trained(seed: 7).parameters.array)
  }
}
