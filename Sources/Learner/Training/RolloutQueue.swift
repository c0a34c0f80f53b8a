import Foundation

/// What the trainer took from the queue at once.
struct RolloutBatch<Item: RolloutItem>: Sendable {
  /// In order of arrival, at least a batch of frames; empty if only stale items were taken.
  var items: [Item] = []
  /// Items removed because their policy was too old.
  var stale: [Item] = []
  /// Whether the queue held less than a batch when the trainer asked.
  var waited = false
  /// Frames in the queue before the batch was taken.
  var queued = 0
}

/// Which items make a batch.
struct BatchRequest: Sendable, Equatable {
  /// Frames of a batch; whole items are taken until there are as many or more.
  var frames: Int
  /// Version of the newest policy.
  var policyVersion: UInt64
  /// Versions that an item's policy may be older.
  var maximumLag: Int
}

/// How a run ended.
public enum RunEnd: Sendable, Equatable {
  case completed
  case stopped
  case failed(String)

  /// The end of a run that lacks something it should have left: it failed, whatever it was before.
  func without(_ missing: String) -> RunEnd {
    if case .failed(let reason) = self { return .failed("\(reason). Besides, \(missing)") }
    return .failed(missing)
  }

  /// For the log and for the peers.
  var text: String {
    switch self {
    case .completed: "the run is complete"
    case .stopped: "the run was stopped"
    case .failed(let reason): "the run failed: \(reason)"
    }
  }
}

/// Where the trainer's thread takes its batches from: the queue of its own workers' rollouts or, if it is one of several
/// learners, that queue in step with the others (`RankBatches`).
protocol BatchSource<Item>: AnyObject {
  associatedtype Item: RolloutItem

  /// Waits for a batch or for stale items.
  /// - Returns: nil once there are no more batches.
  func takeBatch(_ request: BatchRequest) -> RolloutBatch<Item>?

  /// How the run ended, once there are no more batches.
  var end: RunEnd { get }
}

/// Rollouts between the I/O thread, which never waits here, and the trainer, which waits for a batch.
///
/// The bound is `capacity` frames. Honest workers do not reach it, because the learner withholds credits long before.
/// The queue refuses what exceeds it, and the caller counts that. The condition guards all state.
final class RolloutQueue<Item: RolloutItem>: BatchSource, @unchecked Sendable {
  let capacity: Int
  private let condition = NSCondition()
  private var waiting: [Item] = []
  private var frames = 0
  private var closed = false
  private var failed = false
  private var trainerWaits = false

  init(capacity: Int) { self.capacity = capacity }

  /// Frames that wait now.
  var depth: Int { condition.withLock { frames } }

  /// Whether the trainer waits for a batch.
  var isAwaited: Bool { condition.withLock { trainerWaits } }

  var end: RunEnd { .stopped }

  /// Whether the queue is closed, and whether because the learner cannot continue.
  var isClosed: Bool { condition.withLock { closed } }
  var hasFailed: Bool { condition.withLock { failed } }

  /// Adds one item; false if the queue is full or closed.
  func offer(_ item: Item) -> Bool {
    condition.withLock {
      guard !closed, frames + item.frames <= capacity else { return false }
      waiting.append(item)
      frames += item.frames
      condition.signal()
      return true
    }
  }

  /// Waits for a batch or for stale items; nil once the queue is closed.
  func takeBatch(_ request: BatchRequest) -> RolloutBatch<Item>? {
    condition.withLock {
      defer { trainerWaits = false }
      while !closed {
        if let batch = takeLocked(request) { return batch }
        trainerWaits = true
        condition.wait()
      }
      return nil
    }
  }

  /// Waits for a batch or for stale items, but not longer than some seconds.
  /// - Returns: nil when they have passed or the queue is closed.
  func takeBatch(_ request: BatchRequest, waitingAtMost seconds: Double) -> RolloutBatch<Item>? {
    let limit = Date(timeIntervalSinceNow: seconds)
    return condition.withLock {
      while !closed {
        if let batch = takeLocked(request) {
          trainerWaits = false
          return batch
        }
        trainerWaits = true
        if !condition.wait(until: limit) { return nil }
      }
      return nil
    }
  }

  /// Takes a batch without waiting; nil if there is not enough yet.
  func takeBatchIfReady(_ request: BatchRequest) -> RolloutBatch<Item>? {
    condition.withLock { closed ? nil : takeLocked(request) }
  }

  /// Wakes the trainer with nil and refuses what arrives later.
  /// - Parameter failed: whether the learner cannot continue, which other learners of the run must hear.
  func close(failed: Bool = false) {
    condition.withLock {
      closed = true
      self.failed = self.failed || failed
      condition.broadcast()
    }
  }

  /// Hands out stale items even if the rest is not a batch, so that their workers get their credits back.
  private func takeLocked(_ request: BatchRequest) -> RolloutBatch<Item>? {
    func isStale(_ item: Item) -> Bool { item.lag(behind: request.policyVersion) > request.maximumLag }
    var batch = RolloutBatch<Item>(waited: trainerWaits, queued: frames)
    batch.stale = waiting.filter(isStale)
    if !batch.stale.isEmpty { waiting.removeAll(where: isStale) }
    var taken = 0
    var end = 0
    while end < waiting.count, taken < request.frames {
      taken += waiting[end].frames
      end += 1
    }
    if taken >= request.frames {
      batch.items = Array(waiting[..<end])
      waiting.removeFirst(end)
    }
    guard !batch.items.isEmpty || !batch.stale.isEmpty else { return nil }
    frames = waiting.reduce(0) { $0 + $1.frames }
    return batch
  }
}
