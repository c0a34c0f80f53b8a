import Captions
import IntrinsicReward
import Wire

/// The annotation desk's pairs of captions, for reward models that learn from preferences.
struct PairDesk {
  /// Captions that pairs are drawn from, a uniform sample of all.
  static let sampleCaptions = 4_096

  private var ledger: PairLedger
  /// Share of the tasks that are pairs.
  private let share: Double
  /// Tasks of pairs that are due, with the fraction of the next one.
  private var due = 0.0

  /// - Parameters:
  ///   - share: share of the tasks that are pairs, above 0 and at most 1.
  ///   - seed: seeds the sample of captions and the pairs drawn from it.
  init(share: Double, seed: UInt64) {
    self.share = share
    ledger = PairLedger(capacity: Self.sampleCaptions, seed: seed)
  }

  var statistics: PairLedger.Statistics { ledger.statistics }

  /// Offers a new caption to the sample.
  mutating func offer(_ caption: CaptionID) { ledger.offer(caption) }

  /// Marks a pair as answered by an earlier session.
  mutating func restore(_ pair: CaptionPair) { ledger.restore(pair) }

  /// Whether the next task asks pairs; to be called once for each task.
  mutating func takesTurn() -> Bool {
    due += share
    if due < 1 { return false }
    due -= 1
    return true
  }

  /// Draws up to `count` pairs for an annotator.
  mutating func take(
    _ count: Int, for peer: String, task: UInt64, now: Double, deadlineSeconds: Double
  ) -> [CaptionPair] {
    ledger.take(count, for: peer, task: task, now: now, deadlineSeconds: deadlineSeconds)
  }

  /// - Returns: the answers that count.
  mutating func complete(_ labels: Labels, by peer: String) -> [PairAnswer] {
    ledger.complete(labels.task, by: peer, answers: labels.pairAnswers)
  }

  /// The annotator left.
  /// - Returns: how many of its pairs may be asked again.
  mutating func release(_ peer: String) -> Int { ledger.release(peer) }

  /// - Returns: how many pairs were not answered in time and may be asked again.
  mutating func expire(now: Double) -> Int { ledger.expire(now: now) }
}
