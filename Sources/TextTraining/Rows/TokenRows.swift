import TextPolicy
import TextTasks

/// Rows about single tokens: rewards of tokens (T-REG), masked mistakes (S3c-Math).
enum TokenRows {
  static let all = [tokenRewards, selfCorrection]

  /// T-REG (Zhou et al. 2024).
  static let tokenRewards = TextRow(
    "treg",
    "With the policy's own rewards of tokens, a planted wrong step has the least credit; DPO finds it less often",
    criteria: [
      Criterion("treg finds the step", atLeast: 0.7), Criterion("treg finds the step", minus: "dpo finds the step"),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for (name, strength) in [("treg", 0.5), ("dpo", 0.0)] {
      let trainer = try controlled(lab, seed: seed)
      let start = trainer.policy.copied()
      measures["sft"] = trainer.score(problems: 512).right
      trainer.learner.learningRate = RowLab.preferenceRate
      let loss = TokenRewardLoss(preference: PreferenceLoss(beta: 0.1), strength: strength)
      for _ in 0..<lab.updates / 2 {
        let rollouts = trainer.rollouts(trainer.problems(64), repeats: 5)
        let pairs = RowLab.extremes(rollouts, repeats: 5) { RowLab.verifier(rollouts[$0]) }
        let rewards = pairs.map { (tokenRewards($0.chosen, trainer, start), tokenRewards($0.rejected, trainer, start)) }
        PairUpdate().update(trainer, pairs, reference: start) { group, weight, slopes in
          let reward = rewards[group.index]
          loss.add(group, rewards: reward.0 + reward.1, weight: weight, to: &slopes)
        }
      }
      measures[name] = trainer.score(problems: 512).right
      measures["\(name) finds the step"] = shareFound(trainer, reference: start)
    }
    return measures
  }

  /// Marks of the prompts that ask for a good and for a bad answer.
  private static let (good, bad) = ("G", "B")

  /// `chain(3)` with demonstrations of right answers, of right ones after "G", and of wrong ones after "B".
  private static func controlled(_ lab: RowLab, seed: UInt64) throws -> TextTrainer {
    let task = ChainTask(operations: 3...3)
    return try lab.trainer("controlled", task, seed: seed) { trainer in
      var start = SupervisedStart()
      start.target = 0.45
      start.run(
        trainer,
        demonstration: {
          let problem = task.problem(&trainer.generator)
          switch trainer.generator.below(3) {
          case 0:
            let answer = task.solution(problem, &trainer.generator)
            return TextTrainer.demonstration(prompt: problem.prompt, answer: answer)
          case 1:
            let answer = task.solution(problem, &trainer.generator)
            return TextTrainer.demonstration(prompt: good + problem.prompt, answer: answer)
          default:
            let answer = task.solution(
              problem, wrongStep: trainer.generator.below(3), shift: 1 + trainer.generator.below(9))
            return TextTrainer.demonstration(prompt: bad + problem.prompt, answer: answer)
          }
        })
    }
  }

  /// The reward of each token of a text: what the start thinks of it after "G" and after "B".
  private static func tokenRewards(
    _ text: TokenSequence, _ trainer: TextTrainer, _ start: TextPolicy
  ) -> [Double] {
    func marked(_ mark: String) -> TokenSequence {
      var marked = text
      // A text that fills the context loses its last token; that token gets no reward.
      if marked.count >= start.transformer.options.context { marked.tokens.removeLast() }
      marked.tokens = Vocabulary.tokens(mark) + marked.tokens
      return marked
    }
    let logs = trainer.scorer.logProbabilities([marked(good), marked(bad)], policy: start)
    return text.tokens.indices.map { token in
      guard token + 1 < logs[0].count else { return 0 }
      return TokenRewardLoss.reward(good: Double(logs[0][token + 1]), bad: Double(logs[1][token + 1]))
    }
  }

  /// How often the wrong digit is the token with the least log(pi / pi_start) of a right answer with one planted mistake.
  private static func shareFound(_ trainer: TextTrainer, reference: TextPolicy) -> Double {
    let task = ChainTask(operations: 3...3)
    let problems = trainer.problems(256)
    var places: [Int] = []
    let texts = problems.map { problem in
      let step = trainer.generator.below(3)
      let answer = task.solution(problem, wrongStep: step, shift: 1 + trainer.generator.below(9))
      places.append(problem.prompt.count + 2 * step + 1)
      return TextTrainer.demonstration(prompt: problem.prompt, answer: answer)
    }
    let ours = trainer.scorer.logProbabilities(texts, policy: trainer.policy)
    let before = trainer.scorer.logProbabilities(texts, policy: reference)
    let found = texts.indices.count { index in
      let first = problems[index].prompt.count
      let least = (first..<texts[index].count).min {
        ours[index][$0] - before[index][$0] < ours[index][$1] - before[index][$1]
      }
      return least == places[index]
    }
    return Double(found) / Double(texts.count)
  }

  /// S3c-Math (Yan et al. 2024).
  static let selfCorrection = TextRow(
    "s3c", "Demonstrations that take back a wrong step, with the step masked, teach to mend injected mistakes",
    criteria: [
      Criterion("mended", atLeast: 0.5), Criterion("mended", minus: "mended by sft", atLeast: 0.4),
      Criterion("right", minus: "right of sft", atLeast: -0.05),
    ]
  ) { lab, seed in
    let task = ChainTask(operations: 3...3)
    func trained(_ name: String, demonstration: @escaping (TextTrainer) -> TokenSequence) throws -> TextTrainer {
      let trainer = try lab.chain(seed: seed)
      trainer.learner.learningRate = 2e-3
      for _ in 0..<5 * lab.updates { trainer.imitate((0..<64).map { _ in demonstration(trainer) }) }
      return trainer
    }
    let plain = try trained("plain") { SupervisedStart.solution($0) }
    let mending = try trained("mending") { correction(task, $0) }
    return [
      "mended by sft": shareMended(plain), "mended": shareMended(mending),
      "right of sft": plain.score(problems: 512).right, "right": mending.score(problems: 512).right,
    ]
  }

  /// A right answer in which, three times of four, one step is first wrong, then taken back. The wrong step is not learned.
  private static func correction(_ task: ChainTask, _ trainer: TextTrainer) -> TokenSequence {
    let problem = task.problem(&trainer.generator)
    let answer = task.solution(problem, &trainer.generator)
    guard trainer.generator.below(4) > 0 else {
      return TextTrainer.demonstration(prompt: problem.prompt, answer: answer)
    }
    let step = trainer.generator.below(3)
    let wrong = wrongStep(problem, step, trainer)
    let before = answer.prefix(2 * step)
    let text = before + wrong + "!" + answer.dropFirst(2 * step)
    var sequence = TextTrainer.demonstration(prompt: problem.prompt, answer: String(text))
    for token in 0..<2 { sequence.isChosen[problem.prompt.count + 2 * step + token] = false }
    return sequence
  }

  private static func wrongStep(_ problem: TextProblem, _ step: Int, _ trainer: TextTrainer) -> String {
    let right = ChainTask.results(problem)[step]
    return ChainTask.step(problem, step, value: (right + 1 + trainer.generator.below(9)) % 10)
  }

  /// How often an answer that begins with a wrong step is right in the end.
  private static func shareMended(_ trainer: TextTrainer) -> Double {
    let problems = trainer.problems(384)
    var injected: [String] = []
    for problem in problems {
      let step = trainer.generator.below(3)
      let right = ChainTask(operations: 3...3).solution(problem, &trainer.generator)
      injected.append(String(right.prefix(2 * step)) + wrongStep(problem, step, trainer))
    }
    let prompts = zip(problems, injected).map { $0.prompt + $1 }
    let rollouts = trainer.rollouts(problems, temperature: 0, prompts: prompts)
    let mended = zip(rollouts, injected).count { rollout, beginning in
      trainer.task.verdict(rollout.problem, beginning + rollout.answer).isRight
        && rollout.sequence.tokens.last == Vocabulary.endToken
    }
    return Double(mended) / Double(problems.count)
  }
}
