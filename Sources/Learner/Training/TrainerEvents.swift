import Runtime
import Synchronization
import Transport

/// What the trainer has to tell the I/O thread; putting an event in wakes it.
///
/// Bounded by the rollout queue: an update needs a batch, and batches need credits that only the I/O thread returns.
final class TrainerEvents: Sendable {
  let wake: WakeUp
  private let events = Mutex<[TrainerEvent]>([])

  init() throws { wake = try WakeUp() }

  func put(_ event: TrainerEvent) {
    events.withLock { $0.append(event) }
    wake.signal()
  }

  func takeAll() -> [TrainerEvent] {
    wake.clear()
    return events.withLock { events in
      defer { events.removeAll(keepingCapacity: true) }
      return events
    }
  }
}
