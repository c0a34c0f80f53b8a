import Runtime
import TextPolicy
import TextTasks

/// Writes a policy's answers to problems of a task, and lets the task judge them. One thread at a time uses it.
public final class TextPlayer {
  public let task: any TextTask
  private let sampler: TextSampler

  public init(_ task: any TextTask, _ transformer: Transformer) {
    self.task = task
    sampler = TextSampler(transformer)
  }

  /// Answers of a policy, `repeats` for each problem in turn.
  /// - Parameters:
  ///   - seed: of the answers' random numbers.
  ///   - prompts: what it reads instead of the problems' prompts.
  ///   - task: replies and judges instead of the player's task.
  public func rollouts(
    _ problems: [TextProblem], repeats: Int, temperature: Float = 1, policy: TextPolicy, seed: UInt64,
    prompts: [String]? = nil, mixture: TextSampler.Mixture? = nil, task other: (any TextTask)? = nil
  ) -> [TextRollout] {
    let task = other ?? self.task
    let prompts = (prompts ?? problems.map(\.prompt)).map(Vocabulary.tokens)
    var options = SamplingOptions(temperature: temperature, repeats: repeats, end: Vocabulary.endToken)
    options.length = policy.transformer.options.context
    options.pause = task.pause.map(Vocabulary.token)
    let sequences = sampler.sample(
      prompts, policy: policy, options: options, seed: seed, mixture: mixture
    ) { index, tokens in
      let text = Vocabulary.text(tokens[prompts[index].count...])
      return task.reply(problems[index], text).map(Vocabulary.tokens)
    }
    return sequences.enumerated().map { index, sequence in
      let prompt = index / repeats
      return rollout(problems[prompt], sequence, promptCount: prompts[prompt].count, task)
    }
  }

  private func rollout(
    _ problem: TextProblem, _ sequence: TokenSequence, promptCount: Int, _ task: any TextTask
  ) -> TextRollout {
    var written = sequence.tokens[promptCount...]
    let isComplete = written.last == Vocabulary.endToken
    if isComplete { written.removeLast() }
    let answer = Vocabulary.text(written)
    return TextRollout(
      problem: problem, sequence: sequence, answer: answer,
      verdict: isComplete ? task.verdict(problem, answer) : .illegal)
  }
}

/// A piece of work of a distributed run: some new problems with several answers to each. What a policy writes for it depends
/// on the run's seed, the policy's version and the unit's number alone, and not on the worker that writes it.
public struct TextUnit: Sendable, Hashable {
  public var runSeed: UInt64
  public var policyVersion: UInt64
  public var number: UInt64

  public init(runSeed: UInt64, policyVersion: UInt64, number: UInt64) {
    self.runSeed = runSeed
    self.policyVersion = policyVersion
    self.number = number
  }

  /// The answers to the unit's problems, `answers` to each.
  /// - Throws: `TextPolicyError` if a question leaves no place for an answer.
  public func rollouts(
    _ player: TextPlayer, policy: TextPolicy, problems count: Int, answers: Int
  ) throws -> [TextRollout] {
    var generator = self.generator
    let problems = (0..<count).map { _ in player.task.problem(&generator) }
    let context = policy.transformer.options.context
    if let long = problems.first(where: { $0.prompt.isEmpty || $0.prompt.count >= context }) {
      throw TextPolicyError("the question \"\(long.prompt)\" leaves no place for an answer in \(context) tokens")
    }
    return player.rollouts(problems, repeats: answers, policy: policy, seed: generator.next())
  }

  private var generator: RandomGenerator {
    var seed: UInt64 = 0
    for part in [runSeed, policyVersion, number] {
      var mixer = SplitMix64(seed: seed ^ part)
      seed = mixer.next()
    }
    return RandomGenerator(seed: seed)
  }
}
