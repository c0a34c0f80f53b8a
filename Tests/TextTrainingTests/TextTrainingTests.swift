import Tensor
import Testing
import TextPolicy
import TextTasks

@testable import TextTraining

@Suite struct TextTrainingTests {
  private let options = TransformerOptions(width: 16, layers: 1, heads: 2)

  private func trained(seed: UInt64) throws -> TextTrainer {
    let trainer = try TextTrainer(ChainTask(operations: 1...1), options: options, seed: seed)
    var start = SupervisedStart()
    (start.batch, start.maximumUpdates, start.interval) = (16, 20, 10)
    start.run(trainer)
    var group = GroupUpdate()
    (group.prompts, group.answers, group.passes) = (4, 4, 2)
    for _ in 0..<3 { group.run(trainer, reward: { $0.verdict.partial + ($0.verdict.isLegal ? 1 : 0) }) }
    return trainer
  }

  @Test func sameSeedGivesTheSameWeights() throws {
    let (a, b, c) = (try trained(seed: 1), try trained(seed: 1), try trained(seed: 2))
    #expect(Array(a.policy.parameters.elements) == Array(b.policy.parameters.elements))
    #expect(Array(a.policy.parameters.elements) != Array(c.policy.parameters.elements))
  }

  @Test func scoringLeavesTheRandomNumbersAlone() throws {
    let trainer = try trained(seed: 3)
    let before = trainer.generator
    let (first, second) = (trainer.score(problems: 32), trainer.score(problems: 32))
    #expect(first == second && trainer.generator == before)
  }

  @Test func rolloutsAreJudged() throws {
    let trainer = try trained(seed: 4)
    let problems = trainer.problems(3)
    let rollouts = trainer.rollouts(problems, repeats: 2)
    #expect(rollouts.map(\.problem) == problems.flatMap { [$0, $0] })
    for rollout in rollouts {
      let isComplete = rollout.sequence.tokens.last == Vocabulary.endToken
      #expect(rollout.verdict == (isComplete ? trainer.task.verdict(rollout.problem, rollout.answer) : .illegal))
    }
  }

  @Test func policyGradientLearnsToEndAtOnce() throws {
    let trainer = try TextTrainer(ChainTask(operations: 1...1), options: options, seed: 5)
    trainer.learner.learningRate = 1e-2
    var group = GroupUpdate()
    (group.prompts, group.answers) = (8, 8)
    let before = trainer.score(problems: 64).length
    for _ in 0..<25 { group.run(trainer, reward: { -Double($0.sequence.chosenCount) }) }
    let after = trainer.score(problems: 64).length
    #expect(before > 20 && after < 5, "\(before) tokens, then \(after)")
  }

  @Test func preferencesMoveTheMargin() throws {
    let trainer = try trained(seed: 6)
    let reference = trainer.policy.copied()
    let pair = TextPair(
      chosen: TextTrainer.demonstration(prompt: "a=1;b=a+1?", answer: "b2=2"),
      rejected: TextTrainer.demonstration(prompt: "a=1;b=a+1?", answer: "b3=3"))
    func margin() -> Float {
      let logs = trainer.scorer.logProbabilities([pair.chosen, pair.rejected], policy: trainer.policy)
      return logs[0].reduce(0, +) - logs[1].reduce(0, +)
    }
    let before = margin()
    trainer.learner.learningRate = 1e-3
    for _ in 0..<5 { PairUpdate().run(trainer, [pair], reference: reference) }
    #expect(margin() > before + 0.1)
  }

  @Test func extremesSkipGroupsThatAgree() throws {
    let trainer = try trained(seed: 7)
    let rollouts = trainer.rollouts(trainer.problems(2), repeats: 2)
    let pairs = RowLab.extremes(rollouts, repeats: 2) { [1, 1, 0, 2][$0] }
    #expect(pairs.count == 1)
    #expect(pairs[0].chosen == rollouts[3].sequence && pairs[0].rejected == rollouts[2].sequence)
  }
}

@Suite struct RowVerdictTests {
  private func result(_ values: [Double], minimum: Double) -> RowVerdict? {
    CriterionResult(Criterion("x", atLeast: minimum), samples: values.map { ["x": $0] })?.verdict
  }

  @Test func intervalsDecide() {
    #expect(result([0.5, 0.6, 0.55], minimum: 0.4) == .passed)
    #expect(result([0.5, 0.6, 0.55], minimum: 0.7) == .failed)
    #expect(result([0.5, 0.6, 0.55], minimum: 0.55) == .undecided)
    #expect(result([0.5], minimum: 0.1) == .undecided, "one seed decides nothing")
    #expect(result([0.5, 0.6], minimum: 0.1) == .undecided, "nor do two")
  }

  @Test func differencesArePaired() {
    let criterion = Criterion("x", minus: "y", atLeast: 0.05)
    let samples = [["x": 0.9, "y": 0.8], ["x": 0.3, "y": 0.2], ["x": 0.6, "y": 0.5]]
    #expect(CriterionResult(criterion, samples: samples)?.verdict == .passed)
  }

  @Test func missingMeasuresAreNoResult() {
    #expect(CriterionResult(Criterion("x", atLeast: 0), samples: [["x": 1], ["y": 1]]) == nil)
    #expect(CriterionResult(Criterion("x", atLeast: 0), samples: [["x": .nan], ["x": 1]]) == nil)
  }

  @Test func aRowPassesIfAllCriteriaDo() {
    let (good, bad) = (Criterion("x", atLeast: 0), Criterion("x", atLeast: 2))
    let samples = [["x": 1.0], ["x": 1.1], ["x": 1.05]]
    let results = [good, bad].compactMap { CriterionResult($0, samples: samples) }
    #expect(results.verdict == .failed && [results[0]].verdict == .passed)
    #expect([CriterionResult]().verdict == .undecided)
  }

  @Test func namesOfRowsAreDifferentAndKnown() throws {
    #expect(Set(AllRows.all.map(\.name)).count == AllRows.all.count)
    #expect(try AllRows.row(named: "nft").name == "nft")
    #expect(throws: TextRowError.self) { try AllRows.row(named: "nothing") }
  }

  @Test func rankCorrelation() {
    #expect(ConsistencyRows.kendall([1, 2, 3], [4, 5, 6]) == 1)
    #expect(ConsistencyRows.kendall([1, 2, 3], [6, 5, 4]) == -1)
    #expect(ConsistencyRows.kendall([1, 1], [1, 2]) == 0)
  }
}
