import Synchronization

/// The run's counters, written by the I/O thread and the trainer, each its own fields.
final class CounterBox: Sendable {
  private let counters: Mutex<RunCounters>

  init(_ counters: RunCounters) { self.counters = Mutex(counters) }

  var current: RunCounters { counters.withLock { $0 } }

  func update(_ change: (inout RunCounters) -> Void) { counters.withLock { change(&$0) } }
}
