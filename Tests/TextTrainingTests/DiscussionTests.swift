import Testing
import TextPolicy
import TextTasks

@testable import TextTraining

@Suite struct DiscussionTests {
  @Test func scoresPaySolverAndEvaluator() {
    func paid(_ score: String) -> [Double] {
      let rewards = DiscussionRow.rewards(score: score)
      return [rewards.solver, rewards.evaluator, rewards.scorer]
    }
    #expect(paid("3") == [1, 0, 0])
    #expect(paid("2") == [0.5, 0.5, 0])
    #expect(paid("1") == [0, 1, 0])
    for unreadable in ["", "0", "4", "33", "a3", "-1"] { #expect(paid(unreadable) == [0, 0, -1], "\"\(unreadable)\"") }
  }
}

@Suite struct AnnotatorRewardTests {
  @Test func namesAreRead() throws {
    #expect(try RewardSource("annotator:0.1") == .annotator(flipRate: 0.1))
    for wrong in ["annotator", "annotator:2", "annotator:x"] {
      #expect(throws: TextRowError.self) { try RewardSource(wrong) }
    }
  }

  @Test func anAnnotatorIsWrongAboutTexts() {
    let texts = (0..<2000).map { "a=\($0)?b" }
    let flipped = texts.filter { RewardSource.isFlipped($0, rate: 0.2) }
    #expect((340...460).contains(flipped.count))
    // The same texts, and more of them at a higher rate.
    #expect(flipped == texts.filter { RewardSource.isFlipped($0, rate: 0.2) })
    #expect(flipped.allSatisfy { RewardSource.isFlipped($0, rate: 0.5) })
    #expect(!texts.contains { RewardSource.isFlipped($0, rate: 0) })
  }

  @Test func anAnnotatorWithoutErrorsIsTheVerifier() throws {
    let trainer = try TextTrainer(
      ChainTask(operations: 1...1), options: TransformerOptions(width: 16, layers: 1, heads: 2), seed: 1)
    let problems = trainer.problems(8)
    let rollouts = problems.map { problem in
      let answer = trainer.task.solution(problem, &trainer.generator)
      return TextRollout(
        problem: problem, sequence: TextTrainer.demonstration(prompt: problem.prompt, answer: answer), answer: answer,
        verdict: trainer.task.verdict(problem, answer))
    }
    func rewards(_ source: RewardSource) -> [Double] {
      source.rewards(rollouts, repeats: 1, trainer: trainer, frozen: trainer.policy)
    }
    #expect(rewards(.annotator(flipRate: 0)) == rewards(.verifier))
    #expect(rewards(.annotator(flipRate: 1)) == rewards(.verifier).map { 1 - $0 })
  }
}
