import Runtime
import TextPolicy
import TextTasks

/// An answer to a problem, with the verifier's verdict.
public struct TextRollout: Sendable {
  public var problem: TextProblem
  public var sequence: TokenSequence
  /// Everything after the prompt, without the last end character.
  public var answer: String
  /// Illegal if the answer has no end.
  public var verdict: TextVerdict
}

/// What a policy reaches on problems of a task.
public struct TextScore: Sendable, Hashable, Codable {
  /// Share of right answers, 0 ... 1.
  public var right: Double
  /// Mean share of an answer that is right.
  public var partial: Double
  /// Share of legal answers, 0 ... 1.
  public var legal: Double
  /// Mean number of tokens of an answer.
  public var length: Double
}

/// A policy with what it takes to train it: sampler, scorer, learner, and problems of a task. One thread at a time uses it.
///
/// The same seed gives the same problems, answers and weights, bit for bit.
public final class TextTrainer {
  public let policy: TextPolicy
  public let learner: SequenceLearner
  public let scorer: SequenceScorer
  private let player: TextPlayer
  /// Draws problems, and seeds of answers.
  public var generator: RandomGenerator

  /// - Parameter start: parameters to begin with; nil for the seed's initial ones.
  public init(
    _ task: any TextTask, options: TransformerOptions, seed: UInt64, start: TextPolicy? = nil
  ) throws {
    let transformer = try Transformer(options)
    policy = TextPolicy(transformer, seed: seed)
    if let start { policy.copy(from: start) }
    learner = SequenceLearner(policy)
    scorer = SequenceScorer(transformer)
    player = TextPlayer(task, transformer)
    generator = RandomGenerator(seed: seed &* 2 &+ 1)
  }

  public var task: any TextTask { player.task }

  public func problems(_ count: Int) -> [TextProblem] { (0..<count).map { _ in task.problem(&generator) } }

  /// Answers of a policy (default: the trained one), `repeats` for each problem in turn.
  /// - Parameters:
  ///   - prompts: what it reads instead of the problems' prompts.
  ///   - task: replies and judges instead of the trainer's task.
  public func rollouts(
    _ problems: [TextProblem], repeats: Int = 1, temperature: Float = 1, policy: TextPolicy? = nil,
    prompts: [String]? = nil, mixture: TextSampler.Mixture? = nil, task other: (any TextTask)? = nil
  ) -> [TextRollout] {
    player.rollouts(
      problems, repeats: repeats, temperature: temperature, policy: policy ?? self.policy, seed: generator.next(),
      prompts: prompts, mixture: mixture, task: other)
  }

  /// log pi of each answer by a policy: the sum over its chosen tokens.
  public func logs(_ rollouts: [TextRollout], policy: TextPolicy) -> [Double] {
    let texts = rollouts.map(\.sequence)
    return zip(texts, scorer.logProbabilities(texts, policy: policy)).map { text, logs in
      zip(logs, text.isChosen).reduce(0) { $0 + ($1.1 ? Double($1.0) : 0) }
    }
  }

  /// A text that ends with its answer, as a demonstration.
  public static func demonstration(prompt: String, answer: String) -> TokenSequence {
    TokenSequence(
      tokens: Vocabulary.tokens(prompt + answer) + [Vocabulary.endToken], promptCount: prompt.count)
  }

  /// One update by likelihood.
  /// - Parameter factors: weight of each text; nil for 1.
  public func imitate(_ texts: [TokenSequence], factors: [Double]? = nil) {
    let batch = SequenceBatch(texts)
    let weight = 1 / Double(max(batch.chosenCount, 1))
    learner.update(batch, groupSize: 1) { group, slopes in
      LikelihoodLoss.add(group, weight: weight, factors: factors.map { [$0[group.index]] }, to: &slopes)
    }
  }

  /// Shares of right and legal answers on problems of a seed, which leaves the trainer's random numbers alone.
  public func score(
    problems count: Int = 256, temperature: Float = 1, seed: UInt64 = 77, policy: TextPolicy? = nil,
    task other: (any TextTask)? = nil
  ) -> TextScore {
    let kept = generator
    defer { generator = kept }
    generator = RandomGenerator(seed: seed)
    let problems = (0..<count).map { _ in (other ?? task).problem(&generator) }
    let answers = rollouts(problems, temperature: temperature, policy: policy, task: other)
    let number = Double(max(answers.count, 1))
    return TextScore(
      right: Double(answers.count { $0.verdict.isRight }) / number,
      partial: answers.reduce(0) { $0 + $1.verdict.partial } / number,
      legal: Double(answers.count { $0.verdict.isLegal }) / number,
      length: Double(answers.reduce(0) { $0 + $1.sequence.chosenCount }) / number)
  }
}
