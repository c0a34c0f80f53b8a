import TextPolicy
import TextTasks

/// Rows of losses that replace GRPO's: NFT and P3O.
enum GradientRows {
  static let all = [negativeAware, pairwisePolicy]

  /// NFT (Chen et al. 2025).
  static let negativeAware = TextRow(
    "nft", "Learning from wrong answers by likelihood equals GRPO, and is better than keeping the right ones alone",
    criteria: [
      Criterion("nft", minus: "grpo", atLeast: -0.03), Criterion("nft", minus: "right only"),
      Criterion("nft", minus: "sft", atLeast: 0.03),
    ]
  ) { lab, seed in
    let sft = try lab.chain(seed: seed)
    var measures = ["sft": sft.score(problems: 512).right]
    let gradient = try lab.chain(seed: seed)
    lab.gradient(gradient, reward: RowLab.verifier)
    measures["grpo"] = gradient.score(problems: 512).right
    for (name, positivesOnly) in [("nft", false), ("right only", true)] {
      let trainer = try lab.chain(seed: seed)
      for _ in 0..<lab.updates { negativeAwareUpdate(trainer, lab.group, positivesOnly: positivesOnly) }
      measures[name] = trainer.score(problems: 512).right
    }
    return measures
  }

  private static func negativeAwareUpdate(_ trainer: TextTrainer, _ group: GroupUpdate, positivesOnly: Bool) {
    let rollouts = trainer.rollouts(trainer.problems(group.prompts), repeats: group.answers)
    let batch = SequenceBatch(rollouts.map(\.sequence))
    let weight = 1 / Double(max(batch.chosenCount, 1))
    for _ in 0..<group.passes {
      trainer.learner.update(batch, groupSize: group.answers) { tokens, slopes in
        let first = tokens.index * group.answers
        let outcomes = rollouts[first..<first + group.answers].map(\.verdict.isRight)
        NegativeAwareLoss().add(
          tokens, outcomes: outcomes, positivesOnly: positivesOnly, weight: weight, to: &slopes)
      }
    }
  }

  /// P3O (Wu et al. 2023).
  static let pairwisePolicy = TextRow(
    "p3o", "The gradient of pairs reaches a reward at no more divergence than the clipped policy gradient",
    criteria: [
      Criterion("p3o", minus: "sft", atLeast: 0.03),
      Criterion("divergence of pg at equal reward", minus: "divergence of p3o at equal reward"),
    ]
  ) { lab, seed in
    let start = try lab.chain(seed: seed).policy.copied()
    var curves: [String: [(right: Double, divergence: Double)]] = [:]
    var measures: [String: Double] = [:]
    for name in ["pg", "p3o"] {
      let trainer = try lab.chain(seed: seed)
      measures["sft"] = trainer.score(problems: 512).right
      for update in 1...lab.updates {
        if name == "pg" { lab.group.run(trainer, reward: RowLab.verifier) } else { pairwiseUpdate(trainer, lab.group) }
        guard update.isMultiple(of: 6) else { continue }
        curves[name, default: []].append(
          (trainer.score(problems: 256).right, RowLab.divergence(trainer, from: start)))
      }
      measures[name] = trainer.score(problems: 512).right
    }
    // The largest reward that both reach, and the least divergence at which each first reaches it.
    let level = curves.values.map { $0.map(\.right).max() ?? 0 }.min() ?? 0
    for (name, curve) in curves {
      measures["divergence of \(name) at equal reward"] = curve.first { $0.right >= level }?.divergence
    }
    return measures
  }

  private static func pairwiseUpdate(_ trainer: TextTrainer, _ group: GroupUpdate) {
    let rollouts = trainer.rollouts(trainer.problems(group.prompts * group.answers / 2), repeats: 2)
    let batch = SequenceBatch(rollouts.map(\.sequence))
    // Half the tokens of a pair belong to each answer; the weight is that of the policy gradient.
    let weight = 2 / Double(max(batch.chosenCount, 1))
    for _ in 0..<group.passes {
      trainer.learner.update(batch, groupSize: 2) { tokens, slopes in
        let rewards = rollouts[tokens.index * 2..<tokens.index * 2 + 2].map(RowLab.verifier)
        PairwisePolicyLoss().add(tokens, rewards: Array(rewards), weight: weight, to: &slopes)
      }
    }
  }
}
