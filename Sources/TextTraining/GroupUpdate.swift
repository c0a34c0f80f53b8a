import TextPolicy
import TextTasks

/// One update by a policy gradient with several answers to each prompt.
public struct GroupUpdate: Sendable {
  public var prompts = 32
  /// Answers to each prompt.
  public var answers = 8
  public var loss = PolicyGradientLoss()
  /// Updates from the same answers; the clip matters from the second one on.
  public var passes = 1

  public init() {}

  /// Samples, rewards and updates.
  /// - Parameters:
  ///   - reference: for the divergence; nil if its weight is 0.
  ///   - reward: of an answer.
  /// - Returns: the answers.
  @discardableResult
  public func run(
    _ trainer: TextTrainer, reference: TextPolicy? = nil, reward: (TextRollout) -> Double
  ) -> [TextRollout] {
    let rollouts = trainer.rollouts(trainer.problems(prompts), repeats: answers)
    let rewards = rollouts.map(reward)
    update(trainer, rollouts.map(\.sequence), reference: reference) { group in
      GroupAdvantages.normalised(Array(rewards[group * answers..<(group + 1) * answers]))
    }
    return rollouts
  }

  /// Updates from answers with known advantages of each group.
  public func update(
    _ trainer: TextTrainer, _ texts: [TokenSequence], reference: TextPolicy? = nil, advantages: (Int) -> [Double]
  ) {
    let batch = SequenceBatch(
      texts, reference: reference.map { trainer.scorer.logProbabilities(texts, policy: $0) } ?? [])
    let weight = 1 / Double(max(batch.chosenCount, 1))
    for _ in 0..<passes {
      trainer.learner.update(batch, groupSize: answers) { group, slopes in
        loss.add(group, advantages: advantages(group.index), weight: weight, to: &slopes)
      }
    }
  }
}
