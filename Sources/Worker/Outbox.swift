import Synchronization

/// Unrolls between the rollout threads and the I/O thread. Bounded by the credits they were collected under.
final class Outbox: Sendable {
  private let items = Mutex<[Result<CollectedUnroll, any Error>]>([])

  func put(_ item: Result<CollectedUnroll, any Error>) { items.withLock { $0.append(item) } }

  func takeAll() -> [Result<CollectedUnroll, any Error>] {
    items.withLock { items in
      defer { items.removeAll(keepingCapacity: true) }
      return items
    }
  }
}
