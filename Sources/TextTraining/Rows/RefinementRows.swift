import Runtime
import TextPolicy
import TextTasks

/// Rows in which the policy answers twice: SCoRe and SELF.
enum RefinementRows {
  static let all = [selfCorrection, selfRefinement]

  /// A chain whose answer is followed by the mark "R" and a second answer; the second one counts.
  struct RetryTask: TextTask {
    static let mark = "R"
    let chain = ChainTask(operations: 3...3)

    var name: String { "retry" }

    func problem(_ generator: inout RandomGenerator) -> TextProblem { chain.problem(&generator) }

    func problem(prompt: String) -> TextProblem? { chain.problem(prompt: prompt) }

    /// The first answer is wrong half of the time, the second one is right.
    func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String {
      let right = chain.solution(problem, &generator)
      let first =
        generator.below(2) == 0
        ? right : chain.solution(problem, wrongStep: generator.below(3), shift: 1 + generator.below(9))
      return first + String(Vocabulary.end) + Self.mark + right
    }

    func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict {
      let turns = Self.turns(answer)
      return turns.count == 2 ? chain.verdict(problem, turns[1]) : .illegal
    }

    func first(_ problem: TextProblem, _ answer: String) -> TextVerdict {
      chain.verdict(problem, Self.turns(answer).first ?? "")
    }

    func reply(_ problem: TextProblem, _ text: String) -> String? {
      text.contains(Self.mark) ? nil : Self.mark
    }

    /// The answers of both turns.
    private static func turns(_ answer: String) -> [String] {
      answer.split(separator: "\(Vocabulary.end)\(mark)", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// `chain(3)` in two turns, with loss on the second turn alone where the first one is wrong on purpose.
  private static func retrying(_ lab: RowLab, seed: UInt64) throws -> TextTrainer {
    let task = RetryTask()
    return try lab.trainer("retry", task, seed: seed) { trainer in
      var start = SupervisedStart()
      start.target = 0.5
      start.run(trainer, demonstration: { demonstration(task, trainer) })
    }
  }

  private static func demonstration(_ task: RetryTask, _ trainer: TextTrainer) -> TokenSequence {
    let problem = task.problem(&trainer.generator)
    let answer = task.solution(problem, &trainer.generator)
    var text = TextTrainer.demonstration(prompt: problem.prompt, answer: answer)
    let second = text.tokens.firstIndex(of: Vocabulary.token("R")) ?? text.count - 1
    text.isChosen[second] = false
    if !task.first(problem, answer).isRight {
      for token in problem.prompt.count..<second { text.isChosen[token] = false }
    }
    return text
  }

  /// SCoRe (Kumar et al. 2024).
  static let selfCorrection = TextRow(
    "score", "Two stages of reinforcement of the second answer teach corrections that demonstrations do not",
    criteria: [
      Criterion("gain of the second answer", atLeast: 0.001),
      Criterion("gain of the second answer", minus: "gain of demonstrations"),
      Criterion("gain of the second answer", minus: "gain without stage 1"),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    let start = try retrying(lab, seed: seed)
    (measures["first of sft"], measures["second of sft"]) = scores(start)
    let demonstrations = try retrying(lab, seed: seed)
    for _ in 0..<lab.updates {
      demonstrations.imitate((0..<64).map { _ in demonstration(RetryTask(), demonstrations) })
    }
    measures["gain of demonstrations"] = gain(demonstrations)
    for hasFirstStage in [true, false] {
      let trainer = try retrying(lab, seed: seed)
      let reference = trainer.policy.copied()
      for update in 0..<lab.updates {
        let isFirst = hasFirstStage && update < lab.updates / 2
        step(trainer, lab.group, reference: reference, isFirstStage: isFirst)
      }
      let (first, second) = scores(trainer)
      measures[hasFirstStage ? "gain of the second answer" : "gain without stage 1"] = second - first
      if hasFirstStage { (measures["first"], measures["second"]) = (first, second) }
    }
    return measures
  }

  /// Stage 1 rewards the second answer and holds the first one at the reference. Stage 2 rewards both, and what the second
  /// one gains over the first ten times.
  private static func step(
    _ trainer: TextTrainer, _ group: GroupUpdate, reference: TextPolicy, isFirstStage: Bool
  ) {
    let task = RetryTask()
    let rollouts = trainer.rollouts(trainer.problems(group.prompts), repeats: group.answers)
    let rewards = rollouts.map { rollout -> (first: Double, second: Double) in
      let first = task.first(rollout.problem, rollout.answer).isRight ? 1.0 : 0
      let second = RowLab.verifier(rollout)
      return isFirstStage ? (0, second) : (first, second + 10 * (second - first))
    }
    // Each answer twice: once to train its first turn, once to train its second one.
    var texts: [TokenSequence] = []
    for start in stride(from: 0, to: rollouts.count, by: group.answers) {
      let own = rollouts[start..<start + group.answers].map(\.sequence)
      texts += own.map { turn($0, isFirst: true) } + own.map { turn($0, isFirst: false) }
    }
    var update = group
    update.answers = 2 * group.answers
    update.loss.divergenceWeight = isFirstStage ? 0.1 : 0.01
    update.update(trainer, texts, reference: reference) { index in
      let own = rewards[index * group.answers..<(index + 1) * group.answers]
      return GroupAdvantages.normalised(own.map(\.first)) + GroupAdvantages.normalised(own.map(\.second))
    }
  }

  /// A text of which one turn is trained.
  private static func turn(_ text: TokenSequence, isFirst: Bool) -> TokenSequence {
    var text = text
    let second = text.tokens.firstIndex(of: Vocabulary.token("R")) ?? text.count
    for token in isFirst ? second..<text.count : 0..<second { text.isChosen[token] = false }
    return text
  }

  private static func scores(_ trainer: TextTrainer) -> (first: Double, second: Double) {
    let task = RetryTask()
    let kept = trainer.generator
    defer { trainer.generator = kept }
    trainer.generator = RandomGenerator(seed: 80)
    let rollouts = trainer.rollouts(trainer.problems(768))
    let first = rollouts.count { task.first($0.problem, $0.answer).isRight }
    return (Double(first) / 768, Double(rollouts.count { $0.verdict.isRight }) / 768)
  }

  private static func gain(_ trainer: TextTrainer) -> Double {
    let (first, second) = scores(trainer)
    return second - first
  }

  /// SELF (Lu et al. 2023).
  static let selfRefinement = TextRow(
    "self", "Imitating own second answers that a judge keeps improves over three rounds; without the judge less",
    criteria: [
      Criterion("round 3", minus: "sft", atLeast: 0.02), Criterion("least step between rounds", atLeast: -0.03),
      Criterion("round 3", minus: "round 3 without filter"),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for isFiltered in [true, false] {
      let trainer = try retrying(lab, seed: seed)
      trainer.learner.learningRate = 5e-4
      var curve = [scores(trainer).second]
      for _ in 1...3 {
        let rollouts = trainer.rollouts(trainer.problems(1024))
        let kept = rollouts.filter { !isFiltered || $0.verdict.isRight }.map { turn($0.sequence, isFirst: false) }
        for first in stride(from: 0, to: kept.count, by: 64) {
          trainer.imitate(Array(kept[first..<min(first + 64, kept.count)]))
        }
        curve.append(scores(trainer).second)
      }
      if isFiltered {
        measures["sft"] = curve[0]
        measures["least step between rounds"] = zip(curve, curve.dropFirst()).map { $1 - $0 }.min()
      }
      measures["round 3" + (isFiltered ? "" : " without filter")] = curve[3]
    }
    return measures
  }
}
