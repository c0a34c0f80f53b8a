import Glibc
import TextPolicy
import TextTasks

/// Nash learning from human feedback (Munos et al. 2023), with a judge that prefers in a circle.
enum NashRow {
  static let all = [nash]

  /// The reference becomes the current policy after this many updates, so that the equilibrium of the judge is reached and
  /// not that of the judge with a pull to the start.
  private static let updatesOfReference = 50

  static let nash = TextRow(
    "nlhf", "Against a mixture with the reference, the last policy is at the equilibrium of a circular judge",
    criteria: [
      Criterion("1 - distance", atLeast: 0.95), Criterion("distance of sft", minus: "distance", atLeast: 0.1),
      Criterion("distance without mixture and divergence", minus: "distance"),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for (name, loss) in [("distance", NashLoss(divergenceWeight: 0.3)), (plainName, NashLoss(divergenceWeight: 0))] {
      let trainer = try lab.trainer("choice", ChoiceTask(), seed: seed) { trainer in
        var start = SupervisedStart()
        start.target = 2
        start.maximumUpdates = 150
        start.run(trainer)
      }
      measures["distance of sft"] = distance(trainer)
      let reference = trainer.policy.copied()
      let updates = 6 * lab.updates
      for update in 0..<updates {
        // Smaller and smaller steps, so that the last policy is no sample of a random walk around the equilibrium.
        trainer.learner.learningRate = firstRate * Float(updates - update) / Float(updates)
        if update.isMultiple(of: updatesOfReference) { reference.copy(from: trainer.policy) }
        step(trainer, loss, mixture: loss.divergenceWeight > 0 ? .init(policy: reference, share: 0.5) : nil, reference)
      }
      measures[name] = distance(trainer)
    }
    measures["1 - distance"] = measures["distance"].map { 1 - $0 }
    return measures
  }

  private static let firstRate: Float = 1.5e-4
  private static let plainName = "distance without mixture and divergence"

  private static func step(
    _ trainer: TextTrainer, _ loss: NashLoss, mixture: TextSampler.Mixture?, _ reference: TextPolicy
  ) {
    let problems = trainer.problems(128)
    let ours = trainer.rollouts(problems)
    let theirs = trainer.rollouts(problems, mixture: mixture)
    // The judge does not look at the prompt, so that each answer meets the opponents of all prompts.
    let opponents = theirs.map { ChoiceTask.move($0.answer) }
    let wins = ours.map { answer in
      let move = ChoiceTask.move(answer.answer)
      return opponents.reduce(0) { $0 + ChoiceTask.preference(move, $1) } / Double(opponents.count)
    }
    let texts = ours.map(\.sequence)
    let batch = SequenceBatch(texts, reference: trainer.scorer.logProbabilities(texts, policy: reference))
    trainer.learner.update(batch, groupSize: 1) { group, slopes in
      loss.add(group, wins: [wins[group.index]], weight: 1 / Double(texts.count), to: &slopes)
    }
  }

  /// The largest difference of a move's share from the equilibrium's. Shares are exact: all prompts, all moves.
  private static func distance(_ trainer: TextTrainer) -> Double {
    let texts = (0..<10).flatMap { prompt in
      ChoiceTask.moves.map { TextTrainer.demonstration(prompt: "\(prompt)?", answer: String($0)) }
    }
    let logs = trainer.scorer.logProbabilities(texts, policy: trainer.policy)
    var shares = [0.0, 0.0, 0.0]
    for (index, log) in logs.enumerated() { shares[index % 3] += exp(log[2...].reduce(0) { $0 + Double($1) }) / 10 }
    return zip(shares, ChoiceTask.equilibrium).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
