import Glibc
import Synchronization

/// Ctrl-C and TERM, for benchmarks that have processes to end first: the signals are noted, and waiting loops throw.
///
/// Not `ProcessSignals`, which blocks signals: what is started here would inherit that, and never hear of its end.
public enum Interruption {
  private static let isRequested = Atomic(false)

  /// To be called once, before anything is started.
  public static func watch() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in Interruption.isRequested.store(true, ordering: .relaxed) }
    }
  }

  /// - Throws: `BenchmarkError` if a signal has come.
  static func check() throws {
    if isRequested.load(ordering: .relaxed) { throw BenchmarkInterrupted() }
  }
}

/// Somebody wants the benchmark to end. Not a reason to skip a measurement and go on with the next.
struct BenchmarkInterrupted: Error, CustomStringConvertible {
  let description = "interrupted"
}
