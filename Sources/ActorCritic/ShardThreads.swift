import CPlatform
import Glibc

/// A few threads that run the same body on different shards and wait in between.
///
/// Threads and not tasks, since a body blocks its thread for milliseconds. Shard 0 runs on the calling thread, so that one
/// shard costs no hand-over. One thread calls `run` at a time.
public final class ShardThreads {
  /// Shards, the calling thread's included.
  public let count: Int
  let handover = ShardHandover()
  private var threads: [pthread_t] = []

  /// - Throws: `TrainStepError.noThread`.
  public init(count: Int) throws {
    precondition(count > 0, "\(count) shards")
    self.count = count
    for shard in 1..<count {
      let start = Unmanaged.passRetained(Start(shard: shard, handover: handover))
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
          tengu_name_thread("shard-\(start.shard)")
          start.handover.serve(start.shard)
          return nil
        }, start.toOpaque())
      guard code == 0 else {
        start.release()
        join()
        throw TrainStepError.noThread(code)
      }
      threads.append(thread)
    }
  }

  deinit { join() }

  /// Runs `body` once for each shard 0 ..< count and returns when all are done. What happened before the call is visible
  /// to every shard, and what the shards wrote is visible after it. No thread keeps the body.
  public func run(_ body: @escaping (_ shard: Int) -> Void) {
    guard count > 1 else { return body(0) }
    handover.begin(body, others: count - 1)
    body(0)
    handover.awaitOthers()
  }

  private func join() {
    handover.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// What a thread is started with.
  private final class Start {
    let shard: Int
    let handover: ShardHandover

    init(shard: Int, handover: ShardHandover) {
      self.shard = shard
      self.handover = handover
    }
  }
}
