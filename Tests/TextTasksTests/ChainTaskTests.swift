import Runtime
import Testing

@testable import TextTasks

@Suite struct ChainTaskTests {
  private let problem = ChainTask.problem(facts: [0, 1, 2, 3, 0, 4, 2, 2], operations: 2)

  @Test func promptAndReference() {
    #expect(problem.prompt == "a=3;b=a+4;c=b*2?")
    #expect(problem.reference == "4")
  }

  @Test func verdictReadsTheLastValue() {
    let task = ChainTask(operations: 2...2)
    #expect(task.verdict(problem, "b7c4=4") == TextVerdict(isLegal: true, isRight: true))
    #expect(task.verdict(problem, "=4").isRight)
    #expect(task.verdict(problem, "b7c4c4=4").isRight)
    #expect(!task.verdict(problem, "b7c4=5").isRight && task.verdict(problem, "b7c4=5").isLegal)
    for illegal in ["", "4", "=", "b7c4", "b7c=4", "bb=4", "=4=4", "=44", "7b=4"] {
      #expect(task.verdict(problem, illegal) == .illegal, "\(illegal)")
    }
  }

  @Test func stepsAreJudgedFromTheValuesBefore() {
    let task = ChainTask(operations: 2...2)
    #expect(task.steps(problem, "b7c4=4") == [true, true])
    #expect(task.steps(problem, "b8c6=6") == [false, true])
    #expect(task.steps(problem, "c4=4") == [false])
    #expect(task.verdict(problem, "b7c5=5").partial < 1)
  }

  @Test(arguments: [false, true]) func solutionsAreRight(renames: Bool) {
    let task = ChainTask(operations: 1...5, renames: renames)
    var generator = RandomGenerator(seed: 1)
    for _ in 0..<200 {
      let problem = task.problem(&generator)
      let answer = task.solution(problem, &generator)
      #expect(task.verdict(problem, answer) == TextVerdict(isLegal: true, isRight: true))
      #expect(task.steps(problem, answer).allSatisfy { $0 })
      #expect(Vocabulary.contains(problem.prompt + answer))
    }
  }
}
