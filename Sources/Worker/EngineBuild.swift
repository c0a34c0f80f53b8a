import Assembly
import Foundation
import Runtime

/// The making of a worker's environments and networks. It can take minutes, so a worker does it on a thread of its own:
/// meanwhile the service keeps its session alive and obeys signals.
///
/// `@unchecked` holds because the building thread sets `result` before it signals `ended`, and the service reads it after.
final class EngineBuild: @unchecked Sendable {
  private let make: () throws -> RolloutEngine
  private let wake: WakeUp
  private let ended = DispatchSemaphore(value: 0)
  private var result: Result<RolloutEngine, any Error>?

  /// - Parameters:
  ///   - threads: rollout threads.
  ///   - watches: one for each group.
  ///   - wake: signalled at the end.
  init(_ plan: RunPlan, seed: UInt64, threads: Int, watches: [EnvironmentWatch], wake: WakeUp) {
    make = { try RolloutEngine(plan: plan, seed: seed, threads: threads, watches: watches) }
    self.wake = wake
  }

  /// Builds on a new thread, or on the calling one.
  func start(inline: Bool) {
    if inline { return run() }
    let thread = Thread { [self] in
      CurrentThread.setName("build")
      run()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  private func run() {
    result = Result { try make() }
    ended.signal()
    wake.signal()
  }

  /// The engine once it is made; nil before that.
  /// - Parameter deadline: how long to wait for it, by the monotonic clock; nil to look only.
  /// - Throws: `EnvironmentError` if the task's world cannot be made.
  func take(until deadline: Double? = nil) throws -> RolloutEngine? {
    let seconds = deadline.map { max(0, $0 - MonotonicClock.seconds) } ?? 0
    guard ended.wait(timeout: .now() + seconds) == .success else { return nil }
    ended.signal()  // for the next look
    return try result?.get()
  }
}
