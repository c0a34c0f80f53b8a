import Runtime
import Synchronization
import Tensor
import Transport
import Wire

/// One published policy. Its buffer does not change any more.
final class PublishedPolicy: Sendable {
  let policyVersion: UInt64
  let parameters: FloatBuffer

  init(policyVersion: UInt64, parameters: FloatBuffer) {
    self.policyVersion = policyVersion
    self.parameters = parameters
  }
}

/// The newest policy: the trainer writes it after an update, the I/O thread sends it to every worker that asks.
final class PolicyPublisher: Sendable {
  private let newest: SharedValue<PublishedPolicy>
  /// Memory of this and earlier policies. A buffer is written again when no message that is being sent refers to it, so
  /// there are as many buffers as policies on their way to workers, and one more.
  private let pool: Mutex<[FloatBuffer]>

  init(policyVersion: UInt64, parameters: FloatBuffer) {
    let copy = FloatBuffer(count: parameters.count)
    copy.copy(from: parameters)
    newest = SharedValue(PublishedPolicy(policyVersion: policyVersion, parameters: copy))
    pool = Mutex([copy])
  }

  var current: PublishedPolicy { newest.current }

  /// Copies `parameters`, because the trainer continues to change them.
  func publish(policyVersion: UInt64, parameters: FloatBuffer) {
    let copy = unusedBuffer(count: parameters.count)
    copy.copy(from: parameters)
    _ = newest.exchange(PublishedPolicy(policyVersion: policyVersion, parameters: copy))
  }

  private func unusedBuffer(count: Int) -> FloatBuffer {
    pool.withLock { pool in
      for index in pool.indices where isKnownUniquelyReferenced(&pool[index]) { return pool[index] }
      pool.append(FloatBuffer(count: count))
      return pool[pool.count - 1]
    }
  }
}

/// Items that left the queue to be trained on.
struct TakenBatch: Sendable {
  /// The source of each item.
  var sources: [PeerID]
  /// Whether the trainer had to wait for it.
  var waited: Bool
  /// Frames that were in the queue, the batch included.
  var queued: Int
}

/// What the trainer reports to the I/O thread.
enum TrainerEvent<Method: Algorithm>: Sendable {
  case trained(Method.Report)
  /// Items left the queue to be trained on.
  case taken(TakenBatch)
  /// Items left the queue because they were too old: the source of each.
  case discarded([PeerID])
  case checkpoint(CheckpointEvent)
  case audited(Method.Audit)
  /// Rank 0: what another learner of the run has told.
  case news(RankNews)
  /// Another rank: the part of the run's plan that rank 0 has sent for its workers.
  case part(Plan)
  /// The last event: the run's steps are done, it was stopped, or it cannot continue.
  case finished(RunEnd)
}

/// Everything that the I/O thread and the trainer's thread share. Each part has its own lock; no thread holds two locks.
///
/// | part | the I/O thread | the trainer |
/// |---|---|---|
/// | `queue` | adds rollouts, reads the depth, closes it | takes batches |
/// | `send`, `takeUpdate` | sends captions, labels and preferences | takes all of them before an update |
/// | `policy` | reads the newest policy | publishes one after an update |
/// | `counters`, `count` | writes played, overflowed, episodes, seeds | writes trained, stale, skipped, version |
/// | `report`, `takeEvents` | takes events when `wake` wakes it | reports events |
///
/// All parts are bounded: the queue by its capacity, updates by the caption ledger, events by the queue (an update
/// needs a batch, and a batch needs credits that only the I/O thread returns).
final class TrainerMailbox<Method: Algorithm>: Sendable {
  let queue: RolloutQueue<Method.Item>
  let policy: PolicyPublisher
  /// Wakes the I/O thread's poll loop when there are events.
  let wake: WakeUp
  private let sharedCounters: SharedValue<RunCounters>
  private let update = SharedValue(Method.Update())
  private let events: Mailbox<TrainerEvent<Method>>

  /// - Parameters:
  ///   - algorithm: its parameters become the first published policy.
  ///   - queueCapacity: frames that the queue holds.
  /// - Throws: `SystemError` when the process is out of descriptors.
  init(algorithm: Method, queueCapacity: Int, counters: RunCounters) throws {
    queue = RolloutQueue(capacity: queueCapacity)
    policy = PolicyPublisher(policyVersion: algorithm.policyVersion, parameters: algorithm.parameters)
    sharedCounters = SharedValue(counters)
    wake = try WakeUp()
    events = Mailbox(capacity: nil, wakeUp: wake)
  }

  /// The run's counters now.
  var counters: RunCounters { sharedCounters.current }

  /// Changes the counters that belong to the calling thread.
  @discardableResult
  func count<Result: Sendable>(_ change: (inout RunCounters) -> Result) -> Result { sharedCounters.update(change) }

  /// I/O thread: sends the trainer what the algorithm is to learn.
  func send(_ later: Method.Update) { update.update { $0.append(later) } }

  /// Trainer: all updates sent since the last call.
  func takeUpdate() -> Method.Update { update.exchange(Method.Update()) }

  /// Trainer: reports an event and wakes the I/O thread.
  func report(_ event: TrainerEvent<Method>) { events.put(event) }

  /// I/O thread: all events reported since the last call.
  func takeEvents() -> [TrainerEvent<Method>] { events.takeAll() }
}
