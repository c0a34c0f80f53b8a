import Environments
import Runtime
import Testing

@testable import Search

/// A corridor: action 1 leads to the win, action 0 back; cell 0 is a trap.
private struct Corridor: SearchWorld {
  static let actionCount = 2
  static let featureCount = 1
  let length: Int
  var place: Int

  var features: [Float] { [Float(place) / Float(length)] }

  mutating func play(_ action: Int) -> SearchStep {
    place += action == 1 ? 1 : -1
    var step = SearchStep()
    step.hasWon = place == length
    step.hasEnded = step.hasWon || place == 0
    return step
  }
}

@Suite struct TreeSearchTests {
  private func search(_ world: Corridor, nodes: Int, leaf: Float) -> (action: Int, tree: TreeSearch<Corridor>) {
    var options = SearchOptions()
    options.nodes = nodes
    var tree = TreeSearch<Corridor>(options)
    var generator = RandomGenerator(seed: 1)
    let action = tree.search(from: world, generator: &generator) { _, _, _ in leaf }
    return (action, tree)
  }

  @Test func aWinIsFoundAndItsDistanceIsKnown() {
    for distance in 1...4 {
      let (action, tree) = search(Corridor(length: 6, place: 6 - distance), nodes: 200, leaf: 0)
      #expect(action == 1)
      let expected = (0..<distance).reduce(Float(1)) { power, _ in power * 0.9 }
      #expect(abs(tree.nodes[0].best - expected) < 1e-6, "\(distance) steps")
    }
  }

  @Test func everySimulationIsCounted() {
    let (_, tree) = search(Corridor(length: 9, place: 4), nodes: 50, leaf: 0.5)
    #expect(tree.nodes[0].visits == 50 && tree.nodes.count <= 51)
    for node in tree.nodes.dropFirst() {
      #expect(node.visits >= 1 && node.mean >= 0 && node.mean <= 1)
      let below = node.children.filter { $0 > 0 }.reduce(0) { $0 + tree.nodes[$1].visits }
      // The first visit valued the node itself; an end is visited again without children.
      #expect(below == 0 || below == node.visits - 1)
    }
  }

  /// Without a win in reach the value of the leaves decides.
  @Test func valuesGuideTheSearch() {
    var tree = TreeSearch<Corridor>(SearchOptions())
    var generator = RandomGenerator(seed: 2)
    for (place, action) in [(20, 1), (20, 0)] {
      let found = tree.search(from: Corridor(length: 100, place: place), generator: &generator) { world, _, _ in
        action == 1 ? world.features[0] : 1 - world.features[0]
      }
      #expect(found == action)
    }
  }

  @Test func linearModelsLearn() {
    var generator = RandomGenerator(seed: 3)
    let examples = (0..<200).map { _ in [1, generator.uniform() - 0.5] as [Float] }
    var policy = LinearPolicy(features: 2, actions: 3)
    #expect(policy.probabilities([1, 0]) == Array(repeating: Float(1) / 3, count: 3))
    policy.learn(
      examples.map { ($0, $0[1] > 0 ? 2 : 0) }, epochs: 20, rate: 0.5, generator: &generator)
    #expect(policy.probabilities([1, 0.4])[2] > 0.8 && policy.probabilities([1, -0.4])[0] > 0.8)
    var value = LinearValue(features: 2)
    value.learn(examples.map { ($0, $0[1] > 0 ? 1 : 0) }, epochs: 50, rate: 0.5, generator: &generator)
    #expect(value.value([1, 0.4]) > 0.8 && value.value([1, -0.4]) < 0.2)
  }

  @Test func tasksAreAFewStepsFromAWin() throws {
    var lengths: Set<Int> = []
    for seed in 0..<UInt64(60) {
      let steps = try #require(SearchStudy.task(seed, farthest: 5).stepsToWin)
      #expect((1...5).contains(steps))
      lengths.insert(steps)
    }
    #expect(lengths.count == 5)
  }
}
