import CPlatform
import Glibc

/// A few threads that run the same body on different shards and wait in between.
///
/// Threads and not tasks, since a body blocks its thread for milliseconds. Shard 0 runs on the calling thread, so that one
/// shard costs no hand-over. One thread calls `run` at a time.
public final class ShardThreads {
  /// Shards, the calling thread's included.
  public let count: Int
  private let shared = Shared()
  private var threads: [pthread_t] = []

  /// - Throws: `TrainStepError.noThread`.
  public init(count: Int) throws {
    precondition(count > 0, "\(count) shards")
    self.count = count
    for shard in 1..<max(count, 1) {
      let start = Unmanaged.passRetained(Start(shard: shard, shared: shared))
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
          tengu_name_thread("shard-\(start.shard)")
          start.shared.serve(start.shard)
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
  /// to every shard, and what the shards wrote is visible after it.
  public func run(_ body: @escaping (_ shard: Int) -> Void) {
    guard count > 1 else { return body(0) }
    shared.begin(body, others: count - 1)
    body(0)
    shared.awaitOthers()
  }

  private func join() {
    shared.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// What a thread is started with.
  private final class Start {
    let shard: Int
    let shared: Shared

    init(shard: Int, shared: Shared) {
      self.shard = shard
      self.shared = shared
    }
  }
}

extension ShardThreads {
  /// The hand-over between the calling thread and the others.
  ///
  /// `@unchecked Sendable` because every variable is read and written under `mutex` only.
  private final class Shared: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// A round began, or the threads are to end.
    private let begun = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// The last of the other shards is done.
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var body: ((Int) -> Void)?
    private var round = 0
    private var remaining = 0
    private var isStopping = false

    init() {
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(begun, nil)
      pthread_cond_init(finished, nil)
    }

    deinit {
      pthread_cond_destroy(finished)
      pthread_cond_destroy(begun)
      pthread_mutex_destroy(mutex)
      finished.deallocate()
      begun.deallocate()
      mutex.deallocate()
    }

    func begin(_ body: @escaping (Int) -> Void, others: Int) {
      pthread_mutex_lock(mutex)
      self.body = body
      remaining = others
      round += 1
      pthread_cond_broadcast(begun)
      pthread_mutex_unlock(mutex)
    }

    func awaitOthers() {
      pthread_mutex_lock(mutex)
      while remaining > 0 { pthread_cond_wait(finished, mutex) }
      body = nil
      pthread_mutex_unlock(mutex)
    }

    func stop() {
      pthread_mutex_lock(mutex)
      isStopping = true
      pthread_cond_broadcast(begun)
      pthread_mutex_unlock(mutex)
    }

    /// The life of one of the other threads.
    func serve(_ shard: Int) {
      var served = 0
      while let body = next(after: &served) {
        body(shard)
        finish()
      }
    }

    private func next(after served: inout Int) -> ((Int) -> Void)? {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      while round == served && !isStopping { pthread_cond_wait(begun, mutex) }
      guard !isStopping else { return nil }
      served = round
      return body
    }

    private func finish() {
      pthread_mutex_lock(mutex)
      remaining -= 1
      if remaining == 0 { pthread_cond_signal(finished) }
      pthread_mutex_unlock(mutex)
    }
  }
}
