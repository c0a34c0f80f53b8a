import Runtime
import TextPolicy
import TextTasks

/// Rows of iterated preferences: SPIN, DNO, and pairs of the trained and the untrained policy (PuzzleBen).
enum PreferenceRows {
  static let all = [selfPlay, directNash, pretuned]

  private static let pairsOfIterate = 512

  private static func preferences(_ beta: Double, passes: Int = 1) -> PairUpdate {
    var update = PairUpdate()
    update.loss = PreferenceLoss(beta: beta)
    update.passes = passes
    return update
  }

  /// SPIN (Chen et al. 2024).
  static let selfPlay = TextRow(
    "spin", "From 200 demonstrations alone, playing against its previous self improves the policy in two iterations",
    criteria: [Criterion("iterate 1", minus: "sft"), Criterion("iterate 2", minus: "sft", atLeast: 0.01)]
  ) { lab, seed in
    var generator = RandomGenerator(seed: seed &+ 50)
    let task = ChainTask(operations: 3...3)
    let problems = (0..<200).map { _ in task.problem(&generator) }
    let texts = problems.map {
      TextTrainer.demonstration(prompt: $0.prompt, answer: task.solution($0, &generator))
    }
    let trainer = try lab.chain(seed: seed)
    var measures = ["sft": trainer.score(problems: 512).right]
    for iterate in 1...2 {
      let previous = trainer.policy.copied()
      trainer.learner.learningRate = RowLab.preferenceRate
      for _ in 0..<6 {
        let own = trainer.rollouts(problems, policy: previous)
        let pairs = zip(texts, own).map { TextPair(chosen: $0, rejected: $1.sequence) }
        preferences(1).run(trainer, pairs.filter { $0.chosen.tokens != $0.rejected.tokens }, reference: previous)
      }
      measures["iterate \(iterate)"] = trainer.score(problems: 512).right
    }
    return measures
  }

  /// DNO (Rosset et al. 2024): pairs by win rate among the policy's own answers and a teacher's one.
  static let directNash = TextRow(
    "dno", "The policy wins against its previous self in each of five rounds",
    criteria: [
      Criterion("mean win rate over the previous policy", atLeast: 0.5),
      Criterion("least win rate over the previous policy", atLeast: 0.48),
      Criterion("round 5", minus: "sft", atLeast: 0.05),
    ]
  ) { lab, seed in
    let trainer = try lab.chain(seed: seed)
    trainer.learner.learningRate = RowLab.preferenceRate
    var measures = ["sft": trainer.score(problems: 512).right]
    var rates: [Double] = []
    var older: [TextPair] = []
    for round in 1...5 {
      let previous = trainer.policy.copied()
      let fresh = winPairs(trainer, problems: 192)
      let replayed = older.prefix(fresh.count * 3 / 10)
      older = fresh.shuffled(using: &trainer.generator) + older.prefix(fresh.count / 2)
      preferences(0.5).run(trainer, fresh + replayed, reference: previous)
      rates.append(winRate(trainer, over: previous))
      if round == 5 { measures["round 5"] = trainer.score(problems: 512).right }
    }
    measures["least win rate over the previous policy"] = rates.min()
    measures["mean win rate over the previous policy"] = rates.reduce(0, +) / 5
    return measures
  }

  /// The verifier as a judge of pairs: 1 for right against wrong, 1/2 for a draw.
  private static func wins(_ first: TextRollout, _ second: TextRollout) -> Double {
    0.5 + 0.5 * (RowLab.verifier(first) - RowLab.verifier(second))
  }

  /// Five answers and the teacher's one for each problem, ranked by their win rates; the best and the worst of them.
  private static func winPairs(_ trainer: TextTrainer, problems count: Int) -> [TextPair] {
    let problems = trainer.problems(count)
    let own = trainer.rollouts(problems, repeats: 5)
    return problems.indices.compactMap { index in
      let answers = own[index * 5..<index * 5 + 5]
      let rates = answers.map { answer in answers.reduce(0) { $0 + wins(answer, $1) } / 5 }
      guard let worst = zip(answers, rates).min(by: { $0.1 < $1.1 }), !worst.0.verdict.isRight else { return nil }
      let best = zip(answers, rates).max { $0.1 < $1.1 }
      if let best, best.1 > worst.1 {
        return TextPair(chosen: best.0.sequence, rejected: worst.0.sequence)
      }
      let problem = problems[index]
      let teacher = trainer.task.solution(problem, &trainer.generator)
      return TextPair(
        chosen: TextTrainer.demonstration(prompt: problem.prompt, answer: teacher), rejected: worst.0.sequence)
    }
  }

  private static func winRate(_ trainer: TextTrainer, over previous: TextPolicy) -> Double {
    let problems = trainer.problems(768)
    let (ours, theirs) = (trainer.rollouts(problems), trainer.rollouts(problems, policy: previous))
    return zip(ours, theirs).reduce(0) { $0 + wins($1.0, $1.1) } / Double(problems.count)
  }

  /// Weak-to-strong pairs without labels (Tong et al. 2024, PuzzleBen): the tuned policy's answer is better than the
  /// answer of the policy before tuning.
  static let pretuned = TextRow(
    "puzzleben", "Preferring own answers to those of the untuned policy, without labels, improves in two rounds",
    criteria: [Criterion("round 1", minus: "sft"), Criterion("round 2", minus: "sft", atLeast: 0.01)]
  ) { lab, seed in
    let untuned = try lab.chain(seed: seed, target: 0.2).policy
    let trainer = try lab.chain(seed: seed)
    trainer.learner.learningRate = RowLab.preferenceRate
    var measures = ["sft": trainer.score(problems: 512).right]
    for round in 1...2 {
      let previous = trainer.policy.copied()
      let problems = trainer.problems(pairsOfIterate)
      let (own, weak) = (trainer.rollouts(problems), trainer.rollouts(problems, policy: untuned))
      let pairs = zip(own, weak).map { TextPair(chosen: $0.sequence, rejected: $1.sequence) }
      preferences(1).run(trainer, pairs.filter { $0.chosen.tokens != $0.rejected.tokens }, reference: previous)
      measures["round \(round)"] = trainer.score(problems: 512).right
    }
    return measures
  }
}
