import Runtime
import Statistics
import TextPolicy
import TextTasks

/// What the rows share: sizes, settings, and the supervised starts of each seed, which are made once. One thread uses it.
public final class RowLab {
  /// 0.1 million weights: a third of the default, so that a row takes minutes.
  public let options: TransformerOptions
  /// Updates of an arm that learns by a policy gradient.
  public let updates: Int
  private var starts: [String: TextPolicy] = [:]

  public init(options: TransformerOptions = TransformerOptions(width: 64, layers: 2), updates: Int = 60) {
    self.options = options
    self.updates = updates
  }

  /// Learning rates of preference losses and of policy gradients.
  public static let preferenceRate: Float = 2e-4
  public static let gradientRate: Float = 3e-4

  /// Answers for each prompt, and passes over them.
  public var group: GroupUpdate {
    var group = GroupUpdate()
    group.prompts = 16
    group.passes = 2
    return group
  }

  /// A trainer that begins where `prepare` left the policy of this name and seed; all arms of a seed begin there.
  public func trainer(
    _ name: String, _ task: any TextTask, seed: UInt64, prepare: (TextTrainer) -> Void
  ) throws -> TextTrainer {
    let key = "\(name) \(seed)"
    if starts[key] == nil {
      let first = try TextTrainer(task, options: options, seed: seed)
      prepare(first)
      starts[key] = first.policy.copied()
    }
    let trainer = try TextTrainer(task, options: options, seed: seed &+ 1000, start: starts[key])
    trainer.learner.learningRate = Self.gradientRate
    trainer.learner.warmUpUpdates = 10
    return trainer
  }

  /// `chain(3)` after demonstrations, at about 45 % of right answers.
  public func chain(seed: UInt64, target: Double = 0.45) throws -> TextTrainer {
    try trainer("chain \(target)", ChainTask(operations: 3...3), seed: seed) { trainer in
      var start = SupervisedStart()
      start.target = target
      start.run(trainer)
    }
  }

  /// Trains by a group's policy gradient with a reward, `updates` times.
  public func gradient(
    _ trainer: TextTrainer, reference: TextPolicy? = nil, reward: (TextRollout) -> Double
  ) {
    for _ in 0..<updates { group.run(trainer, reference: reference, reward: reward) }
  }

  /// 1 for a right answer, else 0.
  public static func verifier(_ rollout: TextRollout) -> Double { rollout.verdict.isRight ? 1 : 0 }

  /// Mean log(pi / pi_ref) of answers that pi samples, in nats an answer: the divergence from the reference.
  public static func divergence(_ trainer: TextTrainer, from reference: TextPolicy, problems: Int = 128) -> Double {
    let kept = trainer.generator
    defer { trainer.generator = kept }
    trainer.generator = RandomGenerator(seed: 78)
    let texts = trainer.rollouts(trainer.problems(problems)).map(\.sequence)
    let logs = trainer.scorer.logProbabilities(texts, policy: reference)
    var sum = 0.0
    for (text, log) in zip(texts, logs) {
      for token in text.tokens.indices where text.isChosen[token] { sum += Double(text.old[token] - log[token]) }
    }
    return sum / Double(problems)
  }

  /// The area under the curve of scores that should be larger for right answers; nil if all or none are right.
  public static func areaUnderCurve(_ rollouts: [TextRollout], _ scores: [Double]) -> Double? {
    areaUnderCurve(zip(rollouts, scores).map { (score: $1, isPositive: $0.verdict.isRight) })
  }

  /// The same for any samples.
  public static func areaUnderCurve(_ samples: [Ranking.Sample]) -> Double? { Ranking.areaUnderCurve(samples) }

  /// Best and worst of each group of answers by a score; groups without a difference give none.
  public static func extremes(
    _ rollouts: [TextRollout], repeats: Int, score: (Int) -> Double
  ) -> [TextPair] {
    stride(from: 0, to: rollouts.count, by: repeats).compactMap { first in
      let range = first..<first + repeats
      guard let best = range.max(by: { score($0) < score($1) }), let worst = range.min(by: { score($0) < score($1) }),
        score(best) > score(worst)
      else { return nil }
      return TextPair(chosen: rollouts[best].sequence, rejected: rollouts[worst].sequence)
    }
  }
}
