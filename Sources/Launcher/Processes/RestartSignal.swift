import Glibc
import Runtime
import Synchronization

/// SIGUSR1 for a launcher: end the run as after SIGTERM, and say that a new start follows.
enum RestartSignal {
  private static let flag = Flag()

  /// A static stored atomic needs an owner.
  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  /// Whether it has arrived.
  static var hasArrived: Bool { flag.isSet.load(ordering: .relaxed) }

  /// Takes the signal from now on. Call it after `Interruption.watch`, which counts the request.
  static func watch() {
    _ = hasArrived  // A handler must find the flag made.
    signal(SIGUSR1) { _ in
      RestartSignal.flag.isSet.store(true, ordering: .relaxed)
      raise(SIGTERM)
    }
  }
}
