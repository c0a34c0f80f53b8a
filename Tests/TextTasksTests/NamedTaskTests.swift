import Runtime
import Testing

@testable import TextTasks

@Suite struct NamedTaskTests {
  @Test(arguments: NamedTask.allCases) func everyDifficultyMakesATask(named: NamedTask) throws {
    for difficulty in named.difficulties {
      let task = try #require(named.make(difficulty: difficulty))
      #expect(task.name == named.rawValue)
      var generator = RandomGenerator(seed: 1)
      let problem = task.problem(&generator)
      #expect(!problem.prompt.isEmpty && Vocabulary.contains(problem.prompt))
    }
    #expect(named.make()?.name == named.rawValue)
    #expect(named.make(difficulty: named.difficulties.upperBound + 1) == nil)
    #expect(named.make(difficulty: named.difficulties.lowerBound - 1) == nil)
  }

  /// A harder chain asks for more operations.
  @Test func theDifficultyOfAChainIsItsOperations() throws {
    var generator = RandomGenerator(seed: 1)
    for difficulty in 1...6 {
      let problem = try #require(NamedTask.chain.make(difficulty: difficulty)).problem(&generator)
      #expect(problem.prompt.split(separator: ";").count == difficulty + 1)
    }
  }
}
