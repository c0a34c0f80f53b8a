import IntrinsicReward
import Synchronization

/// Captions and labels on their way from the I/O thread to the trainer. The caption ledger bounds it.
final class RewardInbox: Sendable {
  private let news = Mutex(RewardNews())

  func put(_ new: RewardNews) { news.withLock { $0.append(new) } }

  func takeAll() -> RewardNews {
    news.withLock { news in
      defer { news = RewardNews() }
      return news
    }
  }
}
