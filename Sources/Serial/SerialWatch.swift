import Foundation
import Runtime
import Worker

/// Watches the environments of a serial run from a thread of its own. A call that never returns stops the run's only
/// thread, so only another one can name it. The playing thread notes each call in any case; reading the notes changes
/// nothing in the run.
final class SerialWatch: Sendable {
  private let end = DispatchSemaphore(value: 0)

  /// Starts to watch.
  /// - Parameter stuck: receives the call that takes too long, once, on the watching thread.
  init(_ watchdog: EnvironmentWatchdog, stuck: @escaping @Sendable (EnvironmentWatch.Call) -> Void) {
    let end = end
    Thread.detachNewThread {
      CurrentThread.setName("watch")
      var watchdog = watchdog
      while true {
        let now = MonotonicClock.seconds
        if let call = watchdog.check(now: now) { return stuck(call) }
        if end.wait(timeout: .now() + max(0, watchdog.nextCheck(now: now) - now)) == .success { return }
      }
    }
  }

  /// Ends the watching thread.
  func stop() { end.signal() }
}
