import Runtime
import Testing

@testable import TextTasks

/// Questions from their prompts, and tasks that hold questions out.
@Suite struct SplitTaskTests {
  private static let tasks: [any TextTask] = [
    ChainTask(operations: 1...6), ChainTask(operations: 2...3, renames: true), CommandTask(),
    LookupTask(generations: 3), ChoiceTask(), UserTask(),
  ]

  @Test(arguments: 0..<6) func aPromptIsItsQuestion(index: Int) {
    let task = Self.tasks[index]
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<300 {
      let problem = task.problem(&generator)
      #expect(task.problem(prompt: problem.prompt) == problem)
    }
  }

  /// Whatever comes from outside, tasks refuse it without harm.
  @Test(arguments: 0..<6) func otherTextsAreNoQuestions(index: Int) {
    let task = Self.tasks[index]
    let strange = [
      "", "?", ";", "a=?", "a=3;b=a+?", "a=3;b=c+4?", "a=3;a=a+4?", "a=3;b=a/4?", "a=٣;b=a+4?", "a=3;b=a+4", "=3;=+4?",
      "orc w;axe,axe?", "orc w;axe?", "orc  w;axe,key?", "orc w;axe,key", "p?", "pppp q?", "ppp é?", "10?",
      "work 9?", "work?", "work 1", " 1?", "work 1 ?",
    ]
    for text in strange {
      if let problem = task.problem(prompt: text) { Issue.record("\(task.name) asks \"\(text)\": \(problem)") }
    }
  }

  /// Both sides are the task, each with questions of its own, and what they ask keeps its side at any share above.
  @Test func sidesHaveNoQuestionInCommon() throws {
    let whole = ChainTask(operations: 1...1)
    let training = try #require(SplitTask(whole, holdingOut: 0.25, side: .training))
    let heldOut = try #require(SplitTask(whole, holdingOut: 0.25, side: .heldOut))
    var generator = RandomGenerator(seed: 1)
    let asked = Set((0..<3000).map { _ in training.problem(&generator).prompt })
    let kept = Set((0..<3000).map { _ in heldOut.problem(&generator).prompt })
    // 300 questions in all: a value, a sign and a digit.
    #expect(asked.isDisjoint(with: kept) && asked.count + kept.count == 300)
    #expect((45...105).contains(kept.count))
    for prompt in kept {
      #expect(SplitTask.isHeldOut(prompt, share: 0.4))
      #expect(training.problem(prompt: prompt) == nil && heldOut.problem(prompt: prompt) != nil)
    }
    let problem = training.problem(&generator)
    let answer = training.solution(problem, &generator)
    #expect(training.verdict(problem, answer) == whole.verdict(problem, answer) && training.name == "chain")
  }

  @Test func aTaskOfFewQuestionsCannotBeSplit() {
    // Ten questions, of which half a hundredth would be none.
    #expect(SplitTask(ChoiceTask(), holdingOut: 0.005, side: .heldOut) == nil)
    #expect(SplitTask(ChainTask(operations: 3...3), holdingOut: 0.1, side: .heldOut) != nil)
  }
}
