import Captions
import IntrinsicReward
import Ranks
import Trajectories
import Wire

/// What goes up to rank 0 in a round, and what comes down from it, as bytes.
///
/// Up: captions, episodes and payments. Down: the numbers of the captions of each rank, and the scores that changed.
enum RankMessages {
  /// What rank 0 tells all others.
  struct Down: Equatable {
    /// By rank: the run's numbers of the captions that the rank told, in its order.
    var numbers: [[CaptionID]] = []
    var scores: [ScoreChange] = []
    /// Version of the reward model that the scores come from.
    var version: UInt64 = 0

    var isEmpty: Bool { scores.isEmpty && numbers.allSatisfy(\.isEmpty) }
  }

  private static let episodeBytes = 12
  private static let paymentBytes = 20
  /// Without the name's bytes.
  private static let factBytes = 16

  static func encode(_ news: RankNews) -> [UInt8] {
    guard !news.isEmpty else { return [] }
    var writer = RankWriter()
    writer.put(count: news.captions.count)
    for caption in news.captions { writer.put(text: caption) }
    writer.put(count: news.episodes.count)
    for episode in news.episodes {
      writer.put(episode.episodeReturn)
      writer.put(episode.length)
      writer.put(episode.succeeded ? UInt32(1) : 0)
    }
    writer.put(count: news.facts.entries.count)
    for fact in news.facts.entries {
      writer.put(text: Array(fact.name.utf8))
      writer.put(fact.sum)
      writer.put(fact.count)
    }
    writer.put(count: news.payments.count)
    for (number, entry) in news.payments {
      writer.put(UInt32(clamping: number))
      writer.put(UInt32(clamping: entry.steps))
      writer.put(UInt32(clamping: entry.paidSteps))
      writer.put(entry.paid)
    }
    return writer.bytes
  }

  /// - Throws: `RankError` if the bytes are no such message.
  static func decodeNews(_ bytes: [UInt8], of rank: Int) throws(RankError) -> RankNews {
    var news = RankNews()
    news.rank = rank
    guard !bytes.isEmpty else { return news }
    var reader = RankReader(bytes)
    for _ in 0..<(try reader.count(itemBytes: 4)) { news.captions.append(try reader.text()) }
    for _ in 0..<(try reader.count(itemBytes: episodeBytes)) {
      news.episodes.append(
        FinishedEpisode(
          episodeReturn: try reader.float(), length: try reader.uint32(), succeeded: try reader.uint32() != 0))
    }
    var facts: [FactSums.Entry] = []
    for _ in 0..<(try reader.count(itemBytes: factBytes)) {
      facts.append(
        FactSums.Entry(
          name: String(decoding: try reader.text(), as: UTF8.self), sum: try reader.double(),
          count: try reader.uint32()))
    }
    news.facts = FactSums(facts) ?? FactSums()
    for _ in 0..<(try reader.count(itemBytes: paymentBytes)) {
      let number = Int(clamping: try reader.uint32())
      var entry = PaymentTally.Entry()
      entry.steps = Int(clamping: try reader.uint32())
      entry.paidSteps = Int(clamping: try reader.uint32())
      entry.paid = try reader.double()
      news.payments.append((number, entry))
    }
    return news
  }

  static func encode(_ down: Down) -> [UInt8] {
    guard !down.isEmpty else { return [] }
    var writer = RankWriter()
    writer.put(down.version)
    writer.put(count: down.numbers.count)
    for numbers in down.numbers {
      writer.put(count: numbers.count)
      for number in numbers { writer.put(number) }
    }
    writer.put(count: down.scores.count)
    for change in down.scores {
      writer.put(change.number)
      writer.put(change.score)
    }
    return writer.bytes
  }

  /// - Throws: `RankError` if the bytes are no such message.
  static func decodeDown(_ bytes: [UInt8]) throws(RankError) -> Down {
    var down = Down()
    guard !bytes.isEmpty else { return down }
    var reader = RankReader(bytes)
    down.version = try reader.uint64()
    for _ in 0..<(try reader.count(itemBytes: 4)) {
      var numbers: [CaptionID] = []
      for _ in 0..<(try reader.count(itemBytes: 4)) { numbers.append(try reader.uint32()) }
      down.numbers.append(numbers)
    }
    for _ in 0..<(try reader.count(itemBytes: 8)) {
      down.scores.append(ScoreChange(number: try reader.uint32(), score: try reader.float()))
    }
    return down
  }
}
