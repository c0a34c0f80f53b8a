import Captions
import IntrinsicReward
import Ranks
import Runtime
import Statistics

/// The trainer's side of what the ranks tell each other besides gradients: captions, episodes and payments go to rank 0, and
/// the numbers and scores of captions come from it. Thus all ranks pay by one reward model, that of rank 0.
final class RankExchange {
  private let ranks: any Communicator
  private let algorithm: ActorCriticAlgorithm
  private let mailbox: RankMailbox
  /// What rank 0 has told the others.
  private var told = SharedScoreLedger()

  init(_ ranks: any Communicator, algorithm: ActorCriticAlgorithm, mailbox: RankMailbox) {
    self.ranks = ranks
    self.algorithm = algorithm
    self.mailbox = mailbox
  }

  /// What this rank tells rank 0; empty for nothing, and at rank 0.
  var up: [UInt8] {
    guard !ranks.isFirst, let scores = algorithm.rewardModel as? SharedScores else { return [] }
    var news = RankNews()
    news.captions = scores.takeNewCaptions()
    news.episodes = mailbox.takeEpisodes()
    news.payments = algorithm.takePayments { scores.number(of: $0) }
    return RankMessages.encode(news)
  }

  /// What rank 0 tells all; empty for nothing, and at other ranks.
  var down: [UInt8] {
    guard ranks.isFirst else { return [] }
    var down = RankMessages.Down()
    down.numbers = mailbox.takeNumbers()
    for numbers in down.numbers { told.add(numbers) }
    down.version = UInt64(clamping: algorithm.rewardModel.version)
    down.scores = told.changes(of: algorithm.rewardModel)
    return RankMessages.encode(down)
  }

  /// Takes in what rank 0 told.
  /// - Throws: `RankError` if it is no such message.
  func take(down bytes: [UInt8]) throws {
    guard !ranks.isFirst, !bytes.isEmpty, let scores = algorithm.rewardModel as? SharedScores else { return }
    let down = try RankMessages.decodeDown(bytes)
    if ranks.rank < down.numbers.count { scores.take(numbers: down.numbers[ranks.rank]) }
    scores.take(down.scores, version: Int(clamping: down.version))
  }

  /// Takes in what the other ranks told rank 0.
  /// - Returns: what its I/O thread is to hear.
  /// - Throws: `RankError` if it is no such message.
  func take(up messages: [[UInt8]]) throws -> [RankNews] {
    var all: [RankNews] = []
    for (rank, bytes) in messages.enumerated() where rank != ranks.rank && !bytes.isEmpty {
      let news = try RankMessages.decodeNews(bytes, of: rank)
      for (number, entry) in news.payments { algorithm.note(entry, of: number) }
      all.append(news)
    }
    return all
  }
}

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
