import Glibc

/// Signals that wait to be taken from `ProcessSignals`. Asking for them takes none.
enum PendingSignals {
  private static let awaited = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]

  /// Whether a signal to end has arrived.
  static var areThere: Bool {
    var pending = sigset_t()
    guard sigpending(&pending) == 0 else { return false }
    return awaited.contains { sigismember(&pending, $0) == 1 }
  }
}
