import ActorCritic
import Foundation
import Trajectories
import Transport

/// One unroll waiting to be trained on, with who is owed a credit for it.
struct QueuedUnroll: Sendable {
  let unroll: Unroll
  let source: PeerID
  /// Tells every group of environments of every session apart.
  let group: UInt64

  var frames: Int { unroll.frameCount }
}

/// What the trainer took from the queue in one go.
struct RolloutBatch: Sendable {
  /// In order of arrival, at least a batch of frames.
  var unrolls: [QueuedUnroll] = []
  /// Taken out because their policy was too old.
  var stale: [QueuedUnroll] = []
}

/// Unrolls between the I/O thread, which never waits for it, and the trainer, which does.
///
/// Its bound is `capacity` frames. Honest workers cannot reach it, because credits are withheld long before; whatever
/// exceeds it is refused, and counted by the caller. All state is guarded by the condition.
final class RolloutQueue: @unchecked Sendable {
  let capacity: Int
  private let condition = NSCondition()
  private var waiting: [QueuedUnroll] = []
  private var frames = 0
  private var closed = false

  init(capacity: Int) { self.capacity = capacity }

  /// Frames waiting now.
  var depth: Int { condition.withLock { frames } }

  /// Adds one unroll; false if the queue is full or closed.
  func offer(_ item: QueuedUnroll) -> Bool {
    condition.withLock {
      guard !closed, frames + item.frames <= capacity else { return false }
      waiting.append(item)
      frames += item.frames
      condition.signal()
      return true
    }
  }

  /// Waits for `batchFrames` frames whose policy is at most `maximumLag` versions behind `version`; nil once closed.
  func takeBatch(frames batchFrames: Int, version: UInt64, maximumLag: Int) -> RolloutBatch? {
    condition.withLock {
      while !closed {
        if let batch = takeLocked(batchFrames, version, maximumLag) { return batch }
        condition.wait()
      }
      return nil
    }
  }

  /// The same without waiting; nil if there is not enough yet.
  func takeBatchIfReady(frames batchFrames: Int, version: UInt64, maximumLag: Int) -> RolloutBatch? {
    condition.withLock { closed ? nil : takeLocked(batchFrames, version, maximumLag) }
  }

  /// Wakes the trainer with nil and refuses what still arrives.
  func close() {
    condition.withLock {
      closed = true
      condition.broadcast()
    }
  }

  /// Stale unrolls are handed over even when what is left is no batch, so that their workers get their credit back.
  private func takeLocked(_ batchFrames: Int, _ version: UInt64, _ maximumLag: Int) -> RolloutBatch? {
    var batch = RolloutBatch()
    batch.stale = waiting.filter { $0.unroll.lag(behind: version) > maximumLag }
    if !batch.stale.isEmpty { waiting.removeAll { $0.unroll.lag(behind: version) > maximumLag } }
    var taken = 0
    var end = 0
    while end < waiting.count, taken < batchFrames {
      taken += waiting[end].frames
      end += 1
    }
    if taken >= batchFrames {
      batch.unrolls = Array(waiting[..<end])
      waiting.removeFirst(end)
    }
    guard !batch.unrolls.isEmpty || !batch.stale.isEmpty else { return nil }
    frames = waiting.reduce(0) { $0 + $1.frames }
    return batch
  }
}

extension Unroll {
  /// Policy versions between the one that acted and `version`; 0 for one from the future, which the wire allows.
  func lag(behind version: UInt64) -> Int { version > policyVersion ? Int(clamping: version - policyVersion) : 0 }
}
