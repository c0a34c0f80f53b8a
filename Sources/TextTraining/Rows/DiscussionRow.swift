import TextPolicy
import TextTasks

/// CoMAS (Xue et al. 2025): agents solve, evaluate and score each other's answers, and nothing else rewards them.
///
/// Here the agents are copies of one policy, and a role is a mark in the prompt. After an answer and `B` it names the variable
/// of the first wrong step, or `-`; after that and `J` it gives a score of 1 to 3.
enum DiscussionRow {
  static let all = [discussion]

  private static let task = ChainTask(operations: 3...3)
  private static let (evaluation, scoring) = ("B", "J")
  private static let noMistake = "-"
  /// Tokens of a prompt with its answer that leave room for an evaluation and a score.
  private static let maximumTokens = 56

  static let discussion = TextRow(
    "comas", "Agents that solve, evaluate and score each other learn without a verifier; unpaid evaluators lose it",
    criteria: [
      Criterion("right", minus: "sft", atLeast: 0.02), Criterion("right", minus: "right with unpaid evaluators"),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for isPaid in [true, false] {
      let trainer = try start(lab, seed: seed)
      measures["sft"] = trainer.score(problems: 512).right
      for _ in 0..<lab.updates { update(trainer, lab.group, paysEvaluators: isPaid) }
      measures[isPaid ? "right" : "right with unpaid evaluators"] = trainer.score(problems: 512).right
    }
    return measures
  }

  /// A policy that has seen demonstrations of all three roles.
  private static func start(_ lab: RowLab, seed: UInt64) throws -> TextTrainer {
    try lab.trainer("discussion", task, seed: seed) { trainer in
      var start = SupervisedStart()
      start.target = 0.45
      start.run(trainer, demonstration: { demonstration(trainer) })
    }
  }

  private static func demonstration(_ trainer: TextTrainer) -> TokenSequence {
    let problem = task.problem(&trainer.generator)
    let right = task.solution(problem, &trainer.generator)
    let role = trainer.generator.below(3)
    if role == 0 { return TextTrainer.demonstration(prompt: problem.prompt, answer: right) }
    let wrongStep = trainer.generator.below(6)
    let isRight = wrongStep > 2
    let answer =
      isRight
      ? right : task.solution(problem, wrongStep: wrongStep, shift: 1 + trainer.generator.below(9))
    let mistake = isRight ? noMistake : String(ChainTask.step(problem, wrongStep, value: 0).prefix(1))
    let asked = problem.prompt + answer + evaluation
    return role == 1
      ? TextTrainer.demonstration(prompt: asked, answer: mistake)
      : TextTrainer.demonstration(prompt: asked + mistake + scoring, answer: isRight ? "3" : "1")
  }

  /// What a discussion pays: n = (score - 1) / 2 to the solver, 1 - n to the evaluator, nothing to the scorer; if the score
  /// cannot be read, -1 to the scorer and nothing to the others.
  static func rewards(score text: String) -> (solver: Double, evaluator: Double, scorer: Double) {
    guard let score = Int(text), (1...3).contains(score) else { return (0, 0, -1) }
    let share = Double(score - 1) / 2
    return (share, 1 - share, 0)
  }

  /// One update of all roles from one round of discussions. Answers without form are not discussed and earn nothing.
  private static func update(_ trainer: TextTrainer, _ group: GroupUpdate, paysEvaluators: Bool) {
    let answers = trainer.rollouts(trainer.problems(group.prompts), repeats: group.answers)
    let discussed = answers.indices.filter {
      answers[$0].verdict.isLegal && answers[$0].problem.prompt.count + answers[$0].answer.count <= maximumTokens
    }
    let problems = discussed.map { answers[$0].problem }
    let asked = discussed.map { answers[$0].problem.prompt + answers[$0].answer + evaluation }
    let evaluations = trainer.rollouts(problems, prompts: asked)
    // A scorer reads the beginning of an evaluation that does not end.
    let read = zip(asked, evaluations).map { $0 + $1.answer.prefix(2) + scoring }
    let scores = trainer.rollouts(problems, prompts: read)
    var solving = [Double](repeating: 0, count: answers.count)
    var (evaluating, judging): ([Double], [Double]) = ([], [])
    for (index, score) in zip(discussed, scores) {
      let paid = rewards(score: score.answer)
      solving[index] = paid.solver
      evaluating.append(paysEvaluators ? paid.evaluator : 0)
      judging.append(paid.scorer)
    }
    // Rewards are compared with those of the same role in the batch, as REINFORCE++ does.
    let advantages = [solving, evaluating, judging].flatMap(GroupAdvantages.normalised)
    var single = group
    single.answers = 1
    single.update(trainer, (answers + evaluations + scores).map(\.sequence)) { [advantages[$0]] }
  }
}
