import Foundation
import LabelStore
import Runtime
import Synchronization
import Telemetry
import Transport

/// Answers of one task on their way to the label store.
struct StoredAnswers: Sendable {
  var labels: [LabelRecord] = []
  var preferences: [PreferenceRecord] = []
  /// The annotator and its task, to be acknowledged once the answers are on disk.
  var peer: PeerID
  var task: UInt64

  var count: Int { labels.count + preferences.count }
}

/// What a `LabelWriter` reports.
enum LabelWriterEvent: Sendable {
  /// The answers of these tasks are on disk.
  case stored([(peer: PeerID, task: UInt64)])
  /// A line for the log: an outage begins or ends, or the store refused an answer.
  case notice(String)
}

/// Puts answers into the label store on a thread of its own, because a full disk or another process's lock may hold
/// up a write for as long as it likes, and the I/O thread must not wait. Answers wait in memory meanwhile, in order,
/// and all that wait are written in one transaction. In `tengu serial` it writes at once, on the caller's thread.
final class LabelWriter: @unchecked Sendable {
  // The condition guards all variables.

  /// Answers that may wait before no more captions are given out; those in flight may still arrive. At about 1 kB each.
  static let maximumWaitingAnswers = 100_000
  /// Answers of one transaction, so that another process that shares the store gets its turn.
  private static let answersPerTransaction = 1_000
  /// Seconds that an attempt waits for another process's lock.
  private static let patienceSeconds = 0.25
  /// The same for the last attempt; a learner that is stopped has ten seconds for everything.
  private static let lastPatienceSeconds = 2.0

  /// Wakes the I/O thread's poll loop when there are events.
  let wake: WakeUp
  private let store: LabelStore
  private let clock: @Sendable () -> Double
  private let events: Mailbox<LabelWriterEvent>
  private let hasThread: Bool
  private let condition = NSCondition()
  private var waiting: [StoredAnswers] = []
  private var waitingAnswers = 0
  private var outage = Outage(of: "labels", longestPauseSeconds: 10)
  private var isClosing = false
  private var isClosed = false

  /// - Parameters:
  ///   - hasThread: false to write on the caller's thread.
  init(
    _ store: LabelStore, hasThread: Bool,
    clock: @escaping @Sendable () -> Double = { MonotonicClock.seconds }
  ) throws {
    wake = try WakeUp()
    self.store = store
    self.hasThread = hasThread
    self.clock = clock
    events = Mailbox(capacity: nil, wakeUp: wake)
    try store.wait(atMost: Self.patienceSeconds)
    if hasThread { startThread() }
  }

  /// Answers that are not on disk yet.
  var waitingCount: Int { condition.withLock { waitingAnswers } }
  /// Whether so many answers wait that no more should be asked for.
  var isFull: Bool { waitingCount >= Self.maximumWaitingAnswers }
  /// Attempts that failed.
  var failures: Int { condition.withLock { outage.failures } }

  /// Everything reported since the last call.
  func takeEvents() -> [LabelWriterEvent] { events.takeAll() }

  /// Takes answers for the store. An empty answer is acknowledged in its turn, after those before it.
  func put(_ answers: StoredAnswers) {
    condition.withLock {
      waiting.append(answers)
      waitingAnswers += answers.count
      condition.signal()
    }
    if !hasThread { writeIfAllowed() }
  }

  /// Without a thread: tries again to write what waits, if it is time to.
  func writeIfAllowed() {
    if hasThread { return }
    while condition.withLock({ !waiting.isEmpty && outage.allowsAttempt(at: clock()) }), writeOnce() {}
  }

  /// Makes a last attempt and ends the thread.
  /// - Returns: how many answers are not on disk.
  func close() -> Int {
    if hasThread {
      condition.withLock {
        isClosing = true
        condition.signal()
        while !isClosed { condition.wait() }
      }
    } else {
      try? store.wait(atMost: Self.lastPatienceSeconds)
      while condition.withLock({ !waiting.isEmpty }), writeOnce() {}
    }
    return waitingCount
  }

  // MARK: Writing

  private func startThread() {
    let thread = Thread { [self] in
      CurrentThread.setName("labels")
      while waitForWork() { _ = writeOnce() }
      // The last attempt, without regard to the pause.
      try? store.wait(atMost: Self.lastPatienceSeconds)
      while condition.withLock({ !waiting.isEmpty }), writeOnce() {}
      condition.withLock {
        isClosed = true
        condition.broadcast()
      }
    }
    thread.start()
  }

  /// - Returns: false once the writer closes.
  private func waitForWork() -> Bool {
    condition.withLock {
      while !isClosing {
        if waiting.isEmpty {
          condition.wait()
        } else if let pause = outage.secondsToWait(at: clock()), pause > 0 {
          _ = condition.wait(until: Date(timeIntervalSinceNow: pause))
        } else {
          return true
        }
      }
      return false
    }
  }

  /// Writes the oldest answers that wait, as many as fit into a transaction.
  /// - Returns: whether they are on disk.
  private func writeOnce() -> Bool {
    let batch = condition.withLock { nextBatch() }
    do {
      let refusals = try store.appendAcceptable(batch.flatMap(\.labels), batch.flatMap(\.preferences))
      if let first = refusals.first { events.put(.notice("\(refusals.count) answers are not stored: \(first)")) }
    } catch {
      let notice = condition.withLock { outage.failed("\(error)", at: clock()) }
      if let notice { events.put(.notice(notice)) }
      return false
    }
    let notice = condition.withLock {
      waiting.removeFirst(batch.count)
      waitingAnswers -= batch.reduce(0) { $0 + $1.count }
      return outage.succeeded(at: clock())
    }
    events.put(.stored(batch.map { ($0.peer, $0.task) }))
    if let notice { events.put(.notice(notice)) }
    return true
  }

  private func nextBatch() -> [StoredAnswers] {
    var count = 0
    let whole = waiting.prefix {
      count += $0.count
      return count <= Self.answersPerTransaction
    }
    return Array(whole.isEmpty ? waiting.prefix(1) : whole)
  }
}
