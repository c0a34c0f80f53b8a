import Glibc
import Testing
import Trajectories

@Suite struct ActionSpaceTests {
  @Test func sizesFollowFromTheSpace() {
    let spaces: [(ActionSpace, elements: Int, parameters: Int)] = [
      (.discrete(7), 1, 7), (.factored([3, 4]), 2, 7), (.continuous([-1...1, 0...5]), 2, 4),
    ]
    for (space, elements, parameters) in spaces {
      #expect(space.elementCount == elements && space.parameterCount == parameters && space.problem == nil)
    }
  }

  @Test func impossibleSpacesAreNamed() {
    #expect(ActionSpace.discrete(0).problem == "has a choice of 0 actions; from 1 to 65536 are possible")
    #expect(ActionSpace.factored([]).problem == "has 0 elements; from 1 to 256 are possible")
    #expect(ActionSpace.factored([2, -1]).problem == "has a choice of -1 actions; from 1 to 65536 are possible")
    #expect(ActionSpace.continuous([1...1]).problem == "has a number that can only have one value")
  }

  @Test func boundedNumbersAreSquashed() {
    let space = ActionSpace.continuous([-2...6, -Float.infinity...Float.infinity, 0...Float.infinity])
    #expect(space.played(0, at: 0) == 2)
    #expect(abs(space.played(1, at: 0) - (2 + 4 * tanhf(1))) < 1e-6)
    #expect(space.played(1e6, at: 0) == 6 && space.played(-1e6, at: 0) == -2)
    #expect(space.played(17, at: 1) == 17 && space.played(-17, at: 2) == -17)
  }

  @Test func aStoredActionIsTheSameAgain() {
    let factored = ActionSpace.factored([3, 65_536])
    #expect(factored.withChoice([2, 65_535]) { "\($0)" } == "2 65535")
    #expect(factored.withChoice([2, 65_535]) { $0.stored } == [2, 65_535])
    let continuous = ActionSpace.continuous([-1...1])
    #expect(continuous.withChoice([0.3]) { $0.stored } == [0.3])
    for wrong: [Float] in [[], [1], [3, 0], [-1, 0], [0.5, 0], [.nan, 0], [1, 2, 0]] {
      #expect(factored.withChoice(wrong) { _ in 0 } == nil)
    }
    #expect(continuous.withChoice([.infinity]) { _ in 0 } == nil)
  }
}
