import Glibc

/// How the calling thread hands a body to the other shard threads and waits for them.
///
/// `@unchecked Sendable` because every variable is read and written under `mutex` only.
final class ShardHandover: @unchecked Sendable {
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

  // MARK: The calling thread

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

  // MARK: The other threads

  /// The life of the thread of one shard.
  func serve(_ shard: Int) {
    var served = 0
    while runNext(shard, after: &served) { finish() }
  }

  /// Waits for the next round and runs its body; false when the threads are to end. A function of its own so that the body
  /// is released before the round counts as finished: whatever it holds must not be freed by this thread later.
  @inline(never)
  private func runNext(_ shard: Int, after served: inout Int) -> Bool {
    guard let body = next(after: &served) else { return false }
    body(shard)
    return true
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
