import Glibc
import TextPolicy
import TextTasks

/// Rows about where a reward comes from: the probability of the reference answer (RLPR), one token after the end (LaSeR),
/// parts of a command (ToolRL), and a user's mood (RLVER).
enum RewardRows {
  static let all = [referenceProbability, lastToken, partialCredit, userMood]

  /// RLPR (Yu et al. 2025).
  static let referenceProbability = TextRow(
    "rlpr", "The policy's own probability of the reference answer, minus that without steps, replaces the verifier",
    criteria: [
      Criterion("area under curve", atLeast: 0.8), Criterion("rlpr", minus: "sft", atLeast: 0.1),
      Criterion("area under curve", minus: "area under curve without baseline"),
    ]
  ) { lab, seed in
    let trainer = try lab.chain(seed: seed)
    var measures = ["sft": trainer.score(problems: 512).right]
    let tested = trainer.rollouts(trainer.problems(64), repeats: 8)
    let (gains, plain) = (
      referenceRewards(trainer, tested), referenceRewards(trainer, tested, subtractsBaseline: false)
    )
    measures["area under curve"] = RowLab.areaUnderCurve(tested, gains)
    measures["area under curve without baseline"] = RowLab.areaUnderCurve(tested, plain)
    let group = lab.group
    for _ in 0..<2 * lab.updates {
      let rollouts = trainer.rollouts(trainer.problems(group.prompts), repeats: group.answers)
      let rewards = zip(rollouts, referenceRewards(trainer, rollouts)).map { 0.9 * $1 + ($0.verdict.isLegal ? 0.1 : 0) }
      group.update(trainer, rollouts.map(\.sequence)) { index in
        GroupAdvantages.normalised(Array(rewards[index * group.answers..<(index + 1) * group.answers]))
      }
    }
    measures["rlpr"] = trainer.score(problems: 512).right
    return measures
  }

  /// max(p(reference | prompt, steps) - p(reference | prompt), 0) of each answer, by the current policy; 0 for illegal ones.
  static func referenceRewards(
    _ trainer: TextTrainer, _ rollouts: [TextRollout], subtractsBaseline: Bool = true
  ) -> [Double] {
    func texts(_ steps: (TextRollout) -> String) -> [TokenSequence] {
      rollouts.map { rollout in
        let text = rollout.problem.prompt + steps(rollout) + "=" + rollout.problem.reference
        return TokenSequence(tokens: Vocabulary.tokens(text), promptCount: text.count - 1)
      }
    }
    let with = trainer.scorer.logProbabilities(
      texts { String($0.answer.prefix { $0 != "=" }.prefix(24)) }, policy: trainer.policy)
    let without = subtractsBaseline ? trainer.scorer.logProbabilities(texts { _ in "" }, policy: trainer.policy) : []
    return rollouts.indices.map { index in
      guard rollouts[index].verdict.isLegal, let log = with[index].last else { return 0 }
      let baseline = subtractsBaseline ? exp(Double(without[index].last ?? 0)) : 0
      return max(exp(Double(log)) - baseline, 0)
    }
  }

  /// LaSeR (Yang et al. 2025).
  static let lastToken = TextRow(
    "laser",
    "One token's probability after the end learns to tell right answers from wrong ones, at no cost of success",
    criteria: [
      Criterion("area under curve", atLeast: 0.8), Criterion("laser", minus: "grpo", atLeast: -0.01),
      Criterion("weighted vote", minus: "majority"),
    ]
  ) { lab, seed in
    let plain = try lab.chain(seed: seed)
    lab.gradient(plain, reward: RowLab.verifier)
    var measures = ["grpo": plain.score(problems: 512).right]
    let trainer = try lab.chain(seed: seed)
    let first = logsAfterEnd(trainer, trainer.rollouts(trainer.problems(64)))
    var loss = LastTokenLoss(scale: 0.2, constant: 0, strength: 1)
    loss.constant = first.reduce(0, +) / Double(first.count)
    for _ in 0..<lab.updates { lastTokenUpdate(trainer, lab.group, loss) }
    measures["laser"] = trainer.score(problems: 512).right
    let tested = trainer.rollouts(trainer.problems(128), repeats: 8)
    let rewards = logsAfterEnd(trainer, tested).map { loss.reward(logProbability: $0) }
    measures["area under curve"] = RowLab.areaUnderCurve(tested, rewards)
    measures["majority"] = vote(tested, weights: tested.map { _ in 1 })
    measures["weighted vote"] = vote(tested, weights: rewards.map { max($0, 0) + 1e-3 })
    return measures
  }

  /// The mark whose probability after an answer is the policy's own reward of it.
  private static let mark: Character = "J"

  /// A text and the mark after it, which the policy gradient does not train. A text that fills the context has no end, and
  /// its last token becomes the mark.
  private static func marked(_ text: TokenSequence, context: Int) -> TokenSequence {
    var text = text
    if text.count >= context { text.removeLast() }
    text.append(Vocabulary.token(mark), isChosen: false)
    return text
  }

  private static func context(_ trainer: TextTrainer) -> Int { trainer.policy.transformer.options.context }

  private static func logsAfterEnd(_ trainer: TextTrainer, _ rollouts: [TextRollout]) -> [Double] {
    trainer.scorer.logProbabilities(
      rollouts.map { marked($0.sequence, context: context(trainer)) }, policy: trainer.policy
    )
    .map { Double($0.last ?? 0) }
  }

  private static func lastTokenUpdate(_ trainer: TextTrainer, _ group: GroupUpdate, _ loss: LastTokenLoss) {
    let rollouts = trainer.rollouts(trainer.problems(group.prompts), repeats: group.answers)
    let batch = SequenceBatch(rollouts.map { marked($0.sequence, context: context(trainer)) })
    let outcomes = rollouts.map(\.verdict.isRight)
    let right = outcomes.count { $0 }
    let balance = LastTokenLoss.balance(right: right, wrong: outcomes.count - right)
    let weight = 1 / Double(max(batch.chosenCount, 1))
    for _ in 0..<group.passes {
      trainer.learner.update(batch, groupSize: group.answers) { tokens, slopes in
        let range = tokens.index * group.answers..<(tokens.index + 1) * group.answers
        let own = Array(outcomes[range])
        group.loss.add(
          tokens, advantages: GroupAdvantages.normalised(own.map { $0 ? 1 : 0 }), weight: weight, to: &slopes)
        loss.add(tokens, outcomes: own, balance: balance, weight: 1 / Double(outcomes.count), to: &slopes)
      }
    }
  }

  /// The share of problems whose final answer with the largest weight among eight answers is right.
  private static func vote(_ rollouts: [TextRollout], weights: [Double]) -> Double {
    let groups = stride(from: 0, to: rollouts.count, by: 8)
    let right = groups.count { first in
      var votes: [Character: Double] = [:]
      for index in first..<first + 8 {
        guard rollouts[index].verdict.isLegal, let result = rollouts[index].answer.last else { continue }
        votes[result, default: 0] += weights[index]
      }
      let best = votes.max { ($0.value, $0.key) < ($1.value, $1.key) }
      return best.map { String($0.key) } == rollouts[first].problem.reference
    }
    return Double(right) / Double(rollouts.count / 8)
  }

  /// ToolRL (Qian et al. 2025).
  static let partialCredit = TextRow(
    "toolrl", "Reward for each right part of a command learns faster than reward for the whole one",
    criteria: [Criterion("share of updates saved", atLeast: 0.3)]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    var needed: [String: Int] = [:]
    for name in ["exact", "partial"] {
      let trainer = try command(lab, seed: seed)
      measures["sft"] = trainer.score(problems: 512).right
      for update in 1...2 * lab.updates {
        lab.group.run(trainer) { rollout in
          let verdict = rollout.verdict
          // Format 0 or 1, and 6 times the matched share - 3, as published.
          return name == "exact" ? (verdict.isRight ? 1 : 0) : (verdict.isLegal ? 1 : 0) + 6 * verdict.partial - 3
        }
        guard update.isMultiple(of: 4) else { continue }
        let score = trainer.score(problems: 384)
        measures["legal"] = score.legal
        measures[name] = score.right
        if score.right >= 0.8 {
          needed[name] = update
          break
        }
      }
    }
    let limit = 2 * lab.updates
    measures["share of updates saved"] =
      1 - Double(needed["partial"] ?? limit) / Double(needed["exact"] ?? limit)
    return measures
  }

  private static func command(_ lab: RowLab, seed: UInt64) throws -> TextTrainer {
    try lab.trainer("command", CommandTask(), seed: seed) { trainer in
      var start = SupervisedStart()
      // Early: most answers are wrong, so that a whole command is a rare reward.
      start.target = 0.08
      start.interval = 10
      start.run(trainer)
    }
  }

  /// RLVER (Wang et al. 2025).
  static let userMood = TextRow(
    "rlver", "The mood of a simulated user after three turns is a reward that a clumsy helper learns from",
    criteria: [Criterion("mood", minus: "mood of sft", atLeast: 0.2), Criterion("legal", atLeast: 0.95)]
  ) { lab, seed in
    let trainer = try lab.trainer("user", UserTask(), seed: seed) { trainer in
      var start = SupervisedStart()
      start.target = 2
      start.maximumUpdates = 150
      start.run(trainer)
    }
    var measures = ["mood of sft": trainer.score(problems: 512).partial]
    for _ in 0..<2 * lab.updates {
      lab.group.run(trainer) { ($0.verdict.isLegal ? 0.3 : 0) + $0.verdict.partial }
    }
    let score = trainer.score(problems: 512)
    measures["mood"] = score.partial
    measures["legal"] = score.legal
    return measures
  }
}
