import Captions
import IntrinsicReward
import Wire

/// The part of the annotation desk that has pairs of captions compared, for reward models that learn from preferences.
struct PairDesk {
  /// Captions that pairs are drawn from, a uniform sample of all.
  static let sampleCaptions = 4_096

  private(set) var ledger: PairLedger
  /// Of the tasks.
  private let share: Double
  /// Tasks of pairs that are owed, in shares of one.
  private var owed = 0.0

  /// - Parameter share: of the tasks, above 0 and at most 1.
  init(share: Double, seed: UInt64) {
    self.share = share
    ledger = PairLedger(capacity: Self.sampleCaptions, seed: seed)
  }

  /// Offers a caption that was met for the first time.
  mutating func offer(_ caption: CaptionID) { ledger.offer(caption) }

  /// Takes an earlier answer up.
  mutating func restore(_ pair: CaptionPair) { ledger.restore(pair) }

  /// Whether the next task is one of pairs; asked once for each task.
  mutating func takesTurn() -> Bool {
    owed += share
    if owed < 1 { return false }
    owed -= 1
    return true
  }

  mutating func take(
    _ count: Int, for peer: String, task: UInt64, now: Double, deadlineSeconds: Double
  ) -> [CaptionPair] {
    ledger.take(count, for: peer, task: task, now: now, deadlineSeconds: deadlineSeconds)
  }

  mutating func complete(_ labels: Labels, by peer: String) -> [PairAnswer] {
    ledger.complete(labels.task, by: peer, answers: labels.pairAnswers)
  }

  /// - Returns: how many pairs went back.
  mutating func release(_ peer: String) -> Int { ledger.release(peer) }
  mutating func expire(now: Double) -> Int { ledger.expire(now: now) }
}

extension PairVerdict {
  /// How probably the first caption is the better one; nil for an abstention.
  var target: Float? {
    switch self {
    case .abstain: nil
    case .first: 1
    case .second: 0
    case .tie: 0.5
    }
  }
}
