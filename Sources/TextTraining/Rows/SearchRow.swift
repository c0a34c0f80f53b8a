import TextPolicy
import TextTasks

/// SSRL (Fan et al. 2025): a policy that answers its own searches while it trains uses a real table without training.
enum SearchRow {
  static let all = [selfSearch]

  /// Persons whose parents the demonstrations show; the rest is guessed, or known to the table.
  private static let shown = 0..<16

  static let selfSearch = TextRow(
    "ssrl", "Trained on its own beliefs, without a call, the policy is at least as good with the real table",
    criteria: [
      Criterion("own", minus: "sft", atLeast: 0.1), Criterion("table", minus: "own", atLeast: 0),
      Criterion("legal", atLeast: 0.95),
    ]
  ) { lab, seed in
    let trainer = try lab.trainer("lookup", LookupTask(), seed: seed) { trainer in
      let task = LookupTask(known: shown)
      var start = SupervisedStart()
      start.target = 0.4
      start.maximumUpdates = 600
      start.run(
        trainer,
        demonstration: {
          let problem = task.problem(&trainer.generator)
          let answer = task.solution(problem, &trainer.generator)
          return TextTrainer.demonstration(prompt: problem.prompt, answer: answer)
        })
    }
    var measures = ["sft": trainer.score(problems: 512).right]
    // Texts are half as long as those of a chain.
    for _ in 0..<3 * lab.updates {
      lab.group.run(trainer) { ($0.verdict.isLegal ? 0.2 : 0) + 0.8 * RowLab.verifier($0) }
    }
    let own = trainer.score(problems: 512)
    measures["own"] = own.right
    measures["legal"] = own.legal
    measures["table"] = trainer.score(problems: 512, task: LookupTask(usesTable: true)).right
    return measures
  }
}
