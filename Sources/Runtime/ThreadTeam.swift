import CPlatform
import Glibc
import Synchronization

/// A few threads that run the same body with different indices and sleep in between.
///
/// These are threads and not tasks because a body blocks its thread for milliseconds. Member 0 runs on the calling thread,
/// so a team of one costs no hand-over. Only one thread at a time may call `run`.
public final class ThreadTeam {
  /// Number of members, including the calling thread.
  public let count: Int
  let handover: Handover
  private var threads: [pthread_t] = []

  /// - Parameters:
  ///   - count: at least 1.
  ///   - name: the threads are called "name-1", "name-2" and so on.
  ///   - busySeconds: how long a member looks for the next round, and the caller for the others' end, before it sleeps. To
  ///     wake a thread takes up to 100 microseconds on a virtual machine, which counts if a round takes less than a
  ///     millisecond. 0: it sleeps at once.
  /// - Throws: `SystemError` if the operating system refuses a thread.
  public init(count: Int, name: String, busySeconds: Double = 0) throws(SystemError) {
    precondition(count > 0, "a team needs at least one member, not \(count)")
    self.count = count
    handover = Handover(busySeconds: busySeconds)
    for member in 1..<count {
      let start = Unmanaged.passRetained(Start(member: member, name: "\(name)-\(member)", handover: handover))
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
          CurrentThread.setName(start.name)
          start.handover.serve(start.member)
          return nil
        }, start.toOpaque())
      guard code == 0 else {
        start.release()
        join()
        throw SystemError(operation: "starting the thread \(name)-\(member)", code: code)
      }
      threads.append(thread)
    }
  }

  deinit { join() }

  /// Calls `body` once for each member 0 ..< count, in parallel, and returns when all calls have ended. The members see
  /// everything that the caller wrote before, and the caller sees everything that they wrote. No thread keeps the body.
  public func run(_ body: @escaping (_ member: Int) -> Void) {
    guard count > 1 else { return body(0) }
    handover.begin(body, others: count - 1)
    body(0)
    handover.awaitOthers()
  }

  private func join() {
    handover.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// The argument of a thread's main function.
  private final class Start {
    let member: Int
    let name: String
    let handover: Handover

    init(member: Int, name: String, handover: Handover) {
      self.member = member
      self.name = name
      self.handover = handover
    }
  }
}

extension ThreadTeam {
  /// Passes a body from the calling thread to the other members and waits for them.
  ///
  /// `@unchecked Sendable` because every variable is read and written only while `mutex` is locked; the atomic copies only
  /// say when it is worth to lock it.
  final class Handover: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// A round began, or the threads must end.
    private let begun = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// The last of the other members ended its call.
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var body: ((Int) -> Void)?
    private var round = 0
    private var remaining = 0
    private var isStopping = false
    private let busySeconds: Double
    /// `round`, and one more when the threads must end.
    private let latestRound = Atomic<Int>(0)
    /// `remaining`.
    private let latestRemaining = Atomic<Int>(0)

    init(busySeconds: Double) {
      self.busySeconds = busySeconds
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

    /// Returns when `isDue` is true or the time for looking is over.
    private func waitBusily(until isDue: () -> Bool) {
      guard busySeconds > 0 else { return }
      let deadline = MonotonicClock.seconds + busySeconds
      while !isDue(), MonotonicClock.seconds < deadline {}
    }

    // MARK: The calling thread

    func begin(_ body: @escaping (Int) -> Void, others: Int) {
      pthread_mutex_lock(mutex)
      self.body = body
      remaining = others
      round += 1
      latestRemaining.store(remaining, ordering: .releasing)
      latestRound.store(round, ordering: .releasing)
      pthread_cond_broadcast(begun)
      pthread_mutex_unlock(mutex)
    }

    func awaitOthers() {
      waitBusily { latestRemaining.load(ordering: .acquiring) == 0 }
      pthread_mutex_lock(mutex)
      while remaining > 0 { pthread_cond_wait(finished, mutex) }
      body = nil
      pthread_mutex_unlock(mutex)
    }

    func stop() {
      pthread_mutex_lock(mutex)
      isStopping = true
      latestRound.store(round + 1, ordering: .releasing)
      pthread_cond_broadcast(begun)
      pthread_mutex_unlock(mutex)
    }

    // MARK: The other threads

    /// The main loop of one member's thread.
    func serve(_ member: Int) {
      var served = 0
      while runNext(member, after: &served) { finish() }
    }

    /// Waits for the next round and runs its body; false if the threads must end. This is a function of its own so that
    /// the thread releases the body before the round counts as finished: it must not be the last owner later.
    @inline(never)
    private func runNext(_ member: Int, after served: inout Int) -> Bool {
      guard let body = next(after: &served) else { return false }
      body(member)
      return true
    }

    private func next(after served: inout Int) -> ((Int) -> Void)? {
      let latest = served
      waitBusily { latestRound.load(ordering: .acquiring) != latest }
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
      latestRemaining.store(remaining, ordering: .releasing)
      if remaining == 0 { pthread_cond_signal(finished) }
      pthread_mutex_unlock(mutex)
    }
  }
}

/// Name, priority and CPU time of the calling thread.
public enum CurrentThread {
  /// Names the thread for debuggers and `top -H`; at most 15 characters.
  public static func setName(_ name: String) { tengu_name_thread(name) }

  /// CPU seconds that the thread has used so far.
  public static var cpuSeconds: Double { tengu_thread_cpu_seconds() }

  /// Sets nice 10, also for the process's session where the kernel schedules sessions against each other (autogroup) and
  /// this process leads one. Failure is ignored.
  public static func lowerPriority() { tengu_give_way() }

  /// Sets nice 19 for this thread alone. Failure is ignored.
  public static func lowerPriorityToMinimum() { tengu_give_way_to_all() }
}
