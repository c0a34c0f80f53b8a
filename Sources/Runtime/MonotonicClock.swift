import Glibc

/// Time that never goes backwards. Every state machine receives it as an argument, so that tests can choose it.
public enum MonotonicClock {
  /// Seconds since an arbitrary start.
  public static var seconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
  }
}
