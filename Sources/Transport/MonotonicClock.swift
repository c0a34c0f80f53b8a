import Glibc

/// Seconds that only go forward; the time that every state machine is told.
public enum MonotonicClock {
  public static var seconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
  }
}
