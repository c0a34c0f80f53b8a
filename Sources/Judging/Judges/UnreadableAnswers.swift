import Captions
import Synchronization

/// Logs the first unreadable answer of each kind with the model's own words, and counts all of them.
public final class UnreadableAnswers: Sendable {
  /// Kinds that are logged; there is one for each word that a model says instead of an answer.
  private static let maximumKinds = 16

  private let counts = Mutex<[String: Int]>([:])
  private let log: @Sendable (String) -> Void

  public init(log: @escaping @Sendable (String) -> Void) { self.log = log }

  /// Unreadable answers so far.
  public var count: Int { counts.withLock { $0.values.reduce(0, +) } }

  /// The reasons, most frequent first.
  public var reasons: [(reason: String, count: Int)] {
    counts.withLock { $0.map { ($0.key, $0.value) } }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }

  func note(_ unreadable: UnreadableAnswer, of answer: ModelAnswer) {
    let reason = unreadable.reason
    let isFirst = counts.withLock { counts in
      guard counts[reason] != nil || counts.count < Self.maximumKinds else { return false }
      counts[reason, default: 0] += 1
      return counts[reason] == 1
    }
    guard isFirst else { return }
    log("an answer of \(answer.model) at \(answer.server) cannot be read: \(unreadable)")
  }
}
