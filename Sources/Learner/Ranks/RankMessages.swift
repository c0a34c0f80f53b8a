import Captions
import IntrinsicReward
import Ranks
import Trajectories
import Transport
import Wire

/// What goes up to rank 0 in a round, and what comes down from it, as bytes.
///
/// Up: captions, episodes, payments, and episodes that are asked for. Down: the numbers of the captions of each rank, the
/// scores that changed, and parts of the run's plan.
enum RankMessages {
  /// What rank 0 tells all others.
  struct Down: Equatable {
    /// By rank: the run's numbers of the captions that the rank told, in its order.
    var numbers: [[CaptionID]] = []
    var scores: [ScoreChange] = []
    /// Version of the reward model that the scores come from.
    var version: UInt64 = 0
    /// By rank: the part of the run's plan that the rank has asked for.
    var parts: [Plan?] = []

    var isEmpty: Bool { scores.isEmpty && numbers.allSatisfy(\.isEmpty) && parts.allSatisfy { $0 == nil } }
  }

  private static let episodeBytes = 20
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
      writer.put(episode.entry)
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
    writer.put(count: news.wantedEpisodes)
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
          episodeReturn: try reader.float(), length: try reader.uint32(), succeeded: try reader.uint32() != 0,
          entry: try reader.uint64()))
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
    news.wantedEpisodes = Int(clamping: try reader.uint32())
    return news
  }

  /// - Throws: `RankError` if a part of the plan is beyond a limit of the wire.
  static func encode(_ down: Down) throws(RankError) -> [UInt8] {
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
    writer.put(count: down.parts.count)
    for part in down.parts { writer.put(text: try part.map(wireBytes) ?? []) }
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
    for _ in 0..<(try reader.count(itemBytes: 4)) {
      let bytes = try reader.text()
      down.parts.append(bytes.isEmpty ? nil : try plan(of: bytes))
    }
    return down
  }

  // MARK: Parts of the plan, in the form that workers receive

  /// More than a plan of the most entries takes.
  private static let planCodec = WireCodec(limits: WireLimits(maximumMessageBytes: 4 << 20))

  private static func wireBytes(_ plan: Plan) throws(RankError) -> [UInt8] {
    do throws(WireError) {
      return try planCodec.encode(Envelope(sequence: 1, message: .plan(plan))).flatMap { $0.copiedBytes() }
    } catch {
      throw RankError("a part of the run's plan cannot be sent to another learner: \(error)")
    }
  }

  private static func plan(of bytes: [UInt8]) throws(RankError) -> Plan {
    do throws(WireError) {
      if case .plan(let plan) = try planCodec.decode([Frame(bytes: bytes)]).message { return plan }
    } catch {
      throw RankError("a part of the run's plan cannot be read: \(error); all ranks must run the same build of tengu")
    }
    throw RankError("another message takes the place of a plan; all ranks must run the same build of tengu")
  }
}
