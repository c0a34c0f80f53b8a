import Glibc
import TextPolicy
import TextTasks

/// Nash learning from human feedback (Munos et al. 2023), with a judge that prefers in a circle.
enum NashRow {
  static let all = [nash]

  /// Share of the reference in the mixture, and strength of the pull to it.
  private static let (share, tau) = (0.5, 0.1)

  static let nash = TextRow(
    "nlhf",
    "Against a mixture with the reference, the last policy is at the equilibrium that a table gives for a circular judge",
    criteria: [
      Criterion("1 - distance", atLeast: 0.95), Criterion("distance of sft", minus: "distance", atLeast: 0.1),
      Criterion("distance without mixture and divergence", minus: "distance"),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for isMixed in [true, false] {
      let trainer = try lab.trainer("choice", ChoiceTask(), seed: seed) { trainer in
        var start = SupervisedStart()
        start.target = 2
        start.maximumUpdates = 150
        start.run(trainer)
      }
      let reference = trainer.policy.copied()
      let target = isMixed ? equilibrium(reference: shares(trainer)) : ChoiceTask.equilibrium
      if isMixed { measures["distance of sft"] = distance(shares(trainer), target) }
      let updates = 5 * lab.updates
      for update in 0..<updates {
        // Smaller and smaller steps, so that the last policy is no sample of a random walk around the equilibrium.
        trainer.learner.learningRate = firstRate * Float(updates - update) / Float(updates)
        step(trainer, isMixed: isMixed, reference: reference)
      }
      let distance = distance(shares(trainer), target)
      measures[isMixed ? "distance" : plainName] = distance
      if isMixed { measures["1 - distance"] = 1 - distance }
    }
    return measures
  }

  private static let firstRate: Float = 3e-4
  private static let plainName = "distance without mixture and divergence"

  private static func step(
    _ trainer: TextTrainer, isMixed: Bool, reference: TextPolicy
  ) {
    let loss = NashLoss(divergenceWeight: isMixed ? tau : 0)
    let mixture = isMixed ? TextSampler.Mixture(policy: reference, share: Float(share)) : nil
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

  /// How often the policy chooses each move, exactly: all prompts, all moves.
  private static func shares(_ trainer: TextTrainer) -> [Double] {
    let texts = (0..<10).flatMap { prompt in
      ChoiceTask.moves.map { TextTrainer.demonstration(prompt: "\(prompt)?", answer: String($0)) }
    }
    let logs = trainer.scorer.logProbabilities(texts, policy: trainer.policy)
    var shares = [0.0, 0.0, 0.0]
    for (index, log) in logs.enumerated() { shares[index % 3] += exp(log[2...].reduce(0) { $0 + Double($1) }) / 10 }
    return shares
  }

  /// The largest difference of a move's share.
  private static func distance(_ shares: [Double], _ target: [Double]) -> Double {
    zip(shares, target).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  /// The policy that is its own best answer: pi in proportion to ref exp(P(. > mixture of pi and ref) / tau), by small steps.
  static func equilibrium(reference: [Double]) -> [Double] {
    func normalised(_ weights: [Double]) -> [Double] {
      let total = weights.reduce(0, +)
      return weights.map { $0 / total }
    }
    let reference = normalised(reference)
    var policy = reference
    for _ in 0..<5000 {
      let mixture = normalised(zip(policy, reference).map { pow($0, 1 - share) * pow($1, share) })
      let answer = normalised(
        (0..<3).map { move in
          let wins = (0..<3).reduce(0) { $0 + mixture[$1] * ChoiceTask.preference(move, $1) }
          return reference[move] * exp(wins / tau)
        })
      policy = normalised(zip(policy, answer).map { pow($0, 0.98) * pow($1, 0.02) })
    }
    return policy
  }
}
