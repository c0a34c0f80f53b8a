import IntrinsicReward
import Ranks
import Runtime
import Statistics

/// What the ranks exchange around the rewards of a batch. Used by the trainer's thread.
final class RewardExchange {
  private static let numbersPerMoments = 3
  private static let statistics = 7

  private let ranks: any Communicator
  private let table: RankTable

  /// - Parameter moments: the number of the mixer's `ownMoments`.
  init(_ ranks: any Communicator, moments: Int) {
    self.ranks = ranks
    table = RankTable(ranks, capacity: max(moments * Self.numbersPerMoments, Self.statistics))
  }

  /// Before the rewards of a batch: the mixer learns what the other ranks have seen so far.
  func shareMoments(_ mixer: inout RewardMixer) throws {
    guard ranks.isShared else { return }
    let own = mixer.ownMoments
    if own.isEmpty { return }
    let width = Self.numbersPerMoments
    for (index, moments) in own.enumerated() {
      table.own[index * width] = moments.count
      table.own[index * width + 1] = moments.mean
      table.own[index * width + 2] = moments.squaredDeviations
    }
    try table.exchange(own.count * width)
    var others = own.map { _ in RunningMoments() }
    for rank in 0..<ranks.size where rank != ranks.rank {
      for index in others.indices {
        others[index] = others[index].together(
          with: RunningMoments(
            count: table[rank, index * width], mean: table[rank, index * width + 1],
            squaredDeviations: table[rank, index * width + 2]))
      }
    }
    mixer.take(othersMoments: others)
  }

  /// After them: the statistics become those of all ranks.
  func share(_ statistics: inout RewardStatistics) throws {
    guard ranks.isShared else { return }
    let own = [
      Double(statistics.steps), Double(statistics.captionedSteps), Double(statistics.labelledSteps),
      Double(statistics.paidSteps), statistics.extrinsicSum, statistics.intrinsicSum, Double(statistics.clippedSteps),
    ]
    for (column, number) in own.enumerated() { table.own[column] = number }
    try table.exchange(own.count)
    statistics.steps = Int(saturating: table.sum(0))
    statistics.captionedSteps = Int(saturating: table.sum(1))
    statistics.labelledSteps = Int(saturating: table.sum(2))
    statistics.paidSteps = Int(saturating: table.sum(3))
    (statistics.extrinsicSum, statistics.intrinsicSum) = (table.sum(4), table.sum(5))
    statistics.clippedSteps = Int(saturating: table.sum(6))
  }
}
