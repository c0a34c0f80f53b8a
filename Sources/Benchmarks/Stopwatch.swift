import CPlatform
import Runtime
import Transport

/// Times calls that are short beside the clock, and long ones as well.
enum Stopwatch {
  private static let maximumCalls = 1 << 40

  /// CPU seconds of the calling thread for one call of `body`, which is made often enough to fill `seconds`. Others who
  /// use the machine meanwhile take caches and clock speed, but not time.
  static func cpuSecondsPerCall(_ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
    try secondsPerCall(seconds, clock: tengu_thread_cpu_seconds, body)
  }

  /// The same by the clock on the wall, for what several threads or processes do.
  static func wallSecondsPerCall(_ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
    try secondsPerCall(seconds, clock: { MonotonicClock.seconds }, body)
  }

  /// Only the last and longest series of calls counts: the first ones warm the caches.
  private static func secondsPerCall(
    _ seconds: Double, clock: () -> Double, _ body: () throws -> Void
  ) rethrows -> Double {
    var calls = 1
    while true {
      let start = clock()
      for _ in 0..<calls { try body() }
      let elapsed = clock() - start
      if elapsed > 0, elapsed >= seconds || calls >= maximumCalls { return elapsed / Double(calls) }
      let growth = elapsed > 0 ? min(max(1.1 * seconds / elapsed, 2), 64) : 64
      calls = Int(Double(calls) * growth)
    }
  }
}
