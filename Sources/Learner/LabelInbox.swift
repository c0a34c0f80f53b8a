import IntrinsicReward
import Synchronization

/// Labels on their way from the I/O thread to the trainer.
final class LabelInbox: Sendable {
  private let labels = Mutex<[CaptionLabel]>([])

  func put(_ new: [CaptionLabel]) { labels.withLock { $0 += new } }

  func takeAll() -> [CaptionLabel] {
    labels.withLock { labels in
      defer { labels.removeAll(keepingCapacity: true) }
      return labels
    }
  }
}
