import Captions
import IntrinsicReward
import Ranks
import Runtime
import Statistics
import Wire

/// The trainer's side of what the ranks tell each other besides gradients: captions, episodes and payments go to rank 0, and
/// the numbers and scores of captions and parts of the plan come from it. Thus all ranks pay by one reward model and play by
/// one plan, those of rank 0.
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
    (news.episodes, news.facts) = mailbox.takeEpisodes()
    news.payments = algorithm.takePayments { scores.number(of: $0) }
    news.wantedEpisodes = mailbox.takeWantedEpisodes()
    return RankMessages.encode(news)
  }

  /// What rank 0 tells all; empty for nothing, and at other ranks.
  /// - Throws: `RankError` if a part of the plan cannot be sent.
  func down() throws(RankError) -> [UInt8] {
    guard ranks.isFirst else { return [] }
    var down = RankMessages.Down()
    down.numbers = mailbox.takeNumbers()
    for numbers in down.numbers { told.add(numbers) }
    down.version = UInt64(clamping: algorithm.rewardModel.version)
    down.scores = told.changes(of: algorithm.rewardModel)
    down.parts = mailbox.takeParts()
    return try RankMessages.encode(down)
  }

  /// Takes in what rank 0 told.
  /// - Returns: the part of the run's plan for this rank's workers, if there is one.
  /// - Throws: `RankError` if it is no such message.
  func take(down bytes: [UInt8]) throws(RankError) -> Plan? {
    guard !ranks.isFirst, !bytes.isEmpty, let scores = algorithm.rewardModel as? SharedScores else { return nil }
    let down = try RankMessages.decodeDown(bytes)
    if ranks.rank < down.numbers.count { scores.take(numbers: down.numbers[ranks.rank]) }
    scores.take(down.scores, version: Int(clamping: down.version))
    return ranks.rank < down.parts.count ? down.parts[ranks.rank] : nil
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
