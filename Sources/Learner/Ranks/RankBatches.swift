import Ranks
import Tensor

/// Batches for a trainer that is one of several: it gets its batch when every rank has one, so that all make the same update
/// at the same time. In between the ranks exchange captions, scores and counters, and agree on the end.
///
/// Used by the trainer's thread. While a rank waits for a batch it still takes part in a round every few milliseconds, so a
/// stop or a failure of any rank reaches all.
final class RankBatches: BatchSource {
  /// Seconds that a rank without a batch waits before it takes part in a round.
  private static let roundSeconds = 0.02

  private let ranks: any Communicator
  private let algorithm: ActorCriticAlgorithm
  private let trainer: TrainerMailbox<RunAlgorithm>
  private let mailbox: RankMailbox
  private let round: RankRound
  private let news: RankExchange
  private let checksum: ParameterChecksum
  /// Counters of the run when this session began.
  private let begin: RankCounts
  /// What the run's counters hold of other ranks in this session.
  private var others = RankCounts()
  private var held: RolloutBatch<QueuedUnroll>?
  /// Whether another rank is lost, so that this one cannot end together with the others.
  private(set) var isLost = false
  private(set) var end = RunEnd.stopped

  init(
    _ ranks: any Communicator, algorithm: ActorCriticAlgorithm, trainer: TrainerMailbox<RunAlgorithm>,
    mailbox: RankMailbox
  ) {
    self.ranks = ranks
    self.algorithm = algorithm
    self.trainer = trainer
    self.mailbox = mailbox
    round = RankRound(ranks)
    news = RankExchange(ranks, algorithm: algorithm, mailbox: mailbox)
    checksum = ParameterChecksum()
    begin = RankCounts(trainer.counters)
  }

  func takeBatch(_ request: BatchRequest) -> RolloutBatch<QueuedUnroll>? {
    while true {
      if held == nil {
        if let batch = trainer.queue.takeBatch(request, waitingAtMost: Self.roundSeconds) {
          // Old unrolls alone: the trainer counts them and asks again.
          if batch.items.isEmpty { return batch }
          held = batch
        }
      }
      do {
        switch try exchange() {
        case .wait: continue
        case .train:
          defer { held = nil }
          return held
        case .stop: end = .stopped
        case .fail(let rank): end = rank == ranks.rank ? .stopped : .failed(Self.failure(of: rank))
        case .differ(let rank):
          end = .failed(
            "the parameters of rank \(rank) are not those of rank 0; run the same build on processors of the same kind")
        }
      } catch {
        isLost = true
        end = .failed("the learners lost each other: \(error)")
      }
      return nil
    }
  }

  private static func failure(of rank: Int) -> String {
    let log = rank == 0 ? "learner.log" : "\(RankFolder.name(of: rank))/learner.log"
    return "rank \(rank) cannot continue; its log, \(log) of the run's directory, says why"
  }

  private func exchange() throws -> RankRound.Decision {
    var own = RankRound.Own()
    let queue = trainer.queue
    own.wish = queue.hasFailed ? .fail : queue.isClosed ? .stop : .proceed
    own.hasBatch = held != nil
    own.policyVersion = algorithm.policyVersion
    own.checksum = checksum.of(algorithm.parameters, at: algorithm.policyVersion)
    (own.workers, own.queuedFrames) = (mailbox.workers, queue.depth)
    own.counts = RankCounts(trainer.counters) - begin - others
    (own.up, own.down) = (news.up, try news.down())
    let outcome = try round.exchange(own)
    mailbox.others = outcome.others
    let more = outcome.counts - others
    trainer.count { more.add(to: &$0) }
    others = outcome.counts
    if let part = try news.take(down: outcome.down) { trainer.report(.part(part)) }
    for told in try news.take(up: outcome.up) { trainer.report(.news(told)) }
    return outcome.decision
  }
}

/// A checksum of the parameters every so many versions, by which the ranks notice that they have drifted apart.
private final class ParameterChecksum {
  /// Versions between two checksums; one takes as long as reading the parameters.
  private static let interval: UInt64 = 64
  /// Numbers that a Float64 holds exactly.
  private static let bits = 53

  private var version: UInt64?
  private var latest = 0.0

  func of(_ parameters: FloatBuffer, at version: UInt64) -> Double {
    let due = version - version % Self.interval
    guard due == version, self.version != version else { return latest }
    self.version = version
    var sum: UInt64 = 0
    for index in 0..<parameters.count {
      sum = (sum ^ UInt64(parameters.pointer[index].bitPattern)) &* 0x9E37_79B9_7F4A_7C15
      sum ^= sum >> 32
    }
    latest = Double(sum >> (UInt64.bitWidth - Self.bits))
    return latest
  }
}
