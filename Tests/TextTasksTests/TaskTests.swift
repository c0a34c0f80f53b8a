import Runtime
import Testing

@testable import TextTasks

/// What holds for every task, and what each task promises.
@Suite struct TaskTests {
  private static let tasks: [any TextTask] = [
    ChainTask(operations: 1...6), CommandTask(), LookupTask(generations: 3), ChoiceTask(), UserTask(),
  ]

  @Test(arguments: 0..<5) func solutionsAreLegalAndFitTheContext(index: Int) {
    let task = Self.tasks[index]
    var generator = RandomGenerator(seed: 1)
    for _ in 0..<300 {
      let problem = task.problem(&generator)
      let answer = task.solution(problem, &generator)
      #expect(task.verdict(problem, answer).isLegal, "\(task.name): \(problem.prompt) \(answer)")
      #expect(Vocabulary.contains(problem.prompt + answer), "\(problem.prompt) \(answer)")
      #expect(problem.prompt.count + answer.count < 64)
      #expect(task.verdict(problem, "") == .illegal)
      #expect(task.verdict(problem, "b=$$~") == .illegal)
    }
  }

  @Test(arguments: 0..<5) func sameSeedGivesTheSameProblems(index: Int) {
    let task = Self.tasks[index]
    var (a, b, c) = (RandomGenerator(seed: 4), RandomGenerator(seed: 4), RandomGenerator(seed: 5))
    let (first, second) = ((0..<20).map { _ in task.problem(&a) }, (0..<20).map { _ in task.problem(&b) })
    #expect(first == second)
    #expect(first != (0..<20).map { _ in task.problem(&c) })
  }

  @Test func vocabularyGoesBothWays() {
    #expect(Vocabulary.count == 64)
    #expect(Vocabulary.text(Vocabulary.tokens("b7c4=4$")) == "b7c4=4$")
    #expect(Vocabulary.text([0, 255]) == "~~")
    #expect(!Vocabulary.contains("ä"))
  }

  @Test func takenBackStepsDoNotCount() {
    let task = ChainTask(operations: 2...2)
    let problem = ChainTask.problem(facts: [0, 1, 2, 3, 0, 4, 2, 2], operations: 2)
    #expect(task.verdict(problem, "b8!b7c4=4").isRight)
    #expect(task.steps(problem, "b8!b7c4=4") == [true, true])
    for illegal in ["!b7c4=4", "b8!!b7c4=4", "b7c4=4!"] { #expect(task.verdict(problem, illegal) == .illegal) }
  }

  @Test func plantedMistakesAreTheOnlyOnes() {
    let task = ChainTask(operations: 3...3)
    var generator = RandomGenerator(seed: 6)
    for _ in 0..<100 {
      let problem = task.problem(&generator)
      let step = generator.below(3)
      let steps = task.steps(problem, task.solution(problem, wrongStep: step, shift: 1 + generator.below(9)))
      #expect(steps == (0..<3).map { $0 != step })
    }
  }

  @Test func commandsHavePartialCredit() {
    let task = CommandTask()
    let problem = TextProblem(prompt: "orc w;axe,key?", reference: "hit axe w", facts: [])
    #expect(task.verdict(problem, "hit axe w").isRight)
    #expect(abs(task.verdict(problem, "hit key w").partial - 2.0 / 3) < 1e-12)
    #expect(!task.verdict(problem, "hit key w").isRight)
    for illegal in ["hit axe", "hit axe w w", "fly axe w", "hit axe up", " hit axe w"] {
      #expect(task.verdict(problem, illegal) == .illegal, "\(illegal)")
    }
  }

  @Test func theTableAnswersSearches() {
    let (own, table) = (LookupTask(), LookupTask(usesTable: true))
    var generator = RandomGenerator(seed: 7)
    let problem = table.problem(&generator)
    let right = table.solution(problem, &generator)
    #expect(own.reply(problem, "SqI") == nil && own.pause == nil)
    let first = right.prefix(3)
    #expect(table.reply(problem, String(first)) == String(right[right.index(right.startIndex, offsetBy: 3)]))
    #expect(table.reply(problem, "Sq") == nil && table.reply(problem, "I") == nil)
    #expect(Set((0..<LookupTask.persons).map(LookupTask.parent)).count == LookupTask.persons)
  }

  @Test func noMoveBeatsTheEquilibrium() {
    let shares = ChoiceTask.equilibrium
    #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
    for move in 0..<3 {
      let wins = (0..<3).reduce(0.0) { $0 + shares[$1] * ChoiceTask.preference(move, $1) }
      #expect(abs(wins - 0.5) < 1e-12)
      #expect(ChoiceTask.preference(move, move) == 0.5 && ChoiceTask.preference(nil, move) == 0)
      let next = (move + 1) % 3
      #expect(abs(ChoiceTask.preference(move, next) + ChoiceTask.preference(next, move) - 1) < 1e-12)
    }
  }

  @Test func theUserIsDeterministic() {
    let task = UserTask(sensitivity: 2)
    let problem = TextProblem(prompt: "work 3?", reference: "", facts: [0, 3])
    #expect(task.reply(problem, "sorry$") == "6")
    #expect(task.reply(problem, "sorry$6work$") == "9")
    #expect(task.reply(problem, "sorry$6work$9work$") == nil)
    #expect(task.verdict(problem, "sorry$6work$9work") == TextVerdict(isLegal: true, isRight: true, partial: 1))
    #expect(task.reply(problem, "home$") == "1")
    #expect(task.verdict(problem, "sorry$6work") == .illegal)
    #expect(task.verdict(problem, "hello$6work$9work") == .illegal)
  }
}
