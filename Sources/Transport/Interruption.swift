import Glibc
import Synchronization

/// Ctrl-C and TERM, for commands that have processes to end first: the signals are noted, for waiting loops to ask.
///
/// Not `ProcessSignals`, which blocks signals: what is started here would inherit that, and never hear of its end.
public enum Interruption {
  private static let signals = Atomic(0)

  /// To be called once, before anything is started.
  public static func watch() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in Interruption.signals.wrappingAdd(1, ordering: .relaxed) }
    }
  }

  /// Signals that have come.
  public static var count: Int { signals.load(ordering: .relaxed) }
}
