import Runtime
import Testing
import Trajectories

@testable import IntrinsicReward

/// A player chooses between three habits by what their episodes were paid in the mean, and nothing but the bonus pays, in a
/// corridor whose west end is the start of every episode.
@Suite struct EllipticalExplorationTests {
  private static let cells = 30
  private static let steps = 20
  private static let unrollsPerEpisode = 3
  private static let columns = 4
  /// The probability of a step to the east with each habit.
  private static let habits: [Float] = [0.2, 0.5, 0.8]

  /// What the episodes of a habit were paid.
  private struct Payments {
    var sum = 0.0
    var episodes = 0.0
    var mean: Double { sum / max(1, episodes) }
  }

  /// The mean number of cells of an episode, over the last quarter of the episodes.
  private func visitedCells(_ model: EllipticalReward?, seed: UInt64, rounds: Int = 80) -> Double {
    var generator = RandomGenerator(seed: seed)
    var payments = [Payments](repeating: Payments(), count: Self.habits.count)
    var counts: [Int] = []
    for round in 0..<rounds {
      // All habits are tried before the best one is kept; without payments none is best.
      let best = payments.indices.max { payments[$0].mean < payments[$1].mean } ?? 0
      let isTrial = round < rounds / 4 || payments[best].mean == 0
      let chosen = (0..<Self.columns).map { _ in isTrial ? generator.below(payments.count) : best }
      let (paid, visited) = play(chosen, model, &generator)
      for (habit, paid) in zip(chosen, paid) {
        payments[habit].sum += Double(paid)
        payments[habit].episodes += 1
      }
      counts += visited
    }
    let last = counts.suffix(counts.count / 4)
    return Double(last.reduce(0, +)) / Double(last.count)
  }

  /// One episode in each environment.
  /// - Returns: the bonuses and the number of cells of each.
  private func play(
    _ habits: [Int], _ model: EllipticalReward?, _ generator: inout RandomGenerator
  ) -> (paid: [Float], visited: [Int]) {
    var cells = [Int](repeating: 0, count: Self.columns)
    var visited = [Set<Int>](repeating: [0], count: Self.columns)
    var paid = [Float](repeating: 0, count: Self.columns)
    for unroll in 1...Self.unrollsPerEpisode {
      var (path, actions, flags) = (cells, [Int32](), [UInt8]())
      for step in 1...Self.steps {
        let ends = unroll == Self.unrollsPerEpisode && step == Self.steps
        for column in 0..<Self.columns {
          let isEast = generator.uniform() < Self.habits[habits[column]]
          cells[column] = min(max(cells[column] + (isEast ? 1 : -1), 0), Self.cells - 1)
          visited[column].insert(cells[column])
          actions.append(isEast ? 1 : 0)
          flags.append(ends ? StepFlags.truncated.rawValue : 0)
        }
        path += ends ? [Int](repeating: 0, count: Self.columns) : cells
      }
      for (index, score) in scores(model, path, actions, flags).enumerated() where !score.isNaN {
        paid[index % Self.columns] += score
      }
    }
    return (paid, visited.map(\.count))
  }

  /// The bonus of an unroll whose observations have one number for each cell; zeros without a model.
  private func scores(_ model: EllipticalReward?, _ path: [Int], _ actions: [Int32], _ flags: [UInt8]) -> [Float] {
    var scores = [Float](repeating: 0, count: flags.count)
    guard let model else { return scores }
    let rows = path.flatMap { cell in (0..<Self.cells).map { UInt8($0 == cell ? 1 : 0) } }
    rows.withUnsafeBytes { bytes in
      model.score(
        RewardInputs(
          group: 0, steps: Self.steps, columns: Self.columns, rewards: [Float](repeating: 0, count: flags.count),
          flags: flags, captions: [UInt32](repeating: 0, count: flags.count),
          captionCounts: [UInt16](repeating: 0, count: flags.count), observations: bytes.baseAddress,
          rowByteCount: Self.cells, actions: actions, space: .discrete(2)), into: &scores)
    }
    return scores
  }

  @Test(arguments: [EllipticalOptions.Features.inverse, .random])
  func theBonusLeadsToMoreCells(features: EllipticalOptions.Features) {
    var (with, without) = (0.0, 0.0)
    for seed in 1...4 as ClosedRange<UInt64> {
      var options = EllipticalOptions()
      options.features = features
      options.width = 24
      options.seed = seed
      let model = EllipticalReward(
        options, reader: ObservationReader([.init(offset: 0, count: Self.cells, type: .uint8)]), choices: [2],
        policyFeatureCount: 0)
      with += visitedCells(model, seed: seed) / 4
      without += visitedCells(nil, seed: seed) / 4
    }
    // A habit that is drawn at random leads to about fourteen cells.
    #expect(without < 18 && with > 1.5 * without, "\(with) cells with the bonus, \(without) without")
  }
}
