import Glibc
import Runtime

/// The processes that one command supervises, and the loop that watches them.
///
/// Rule: used by the main thread, on which the processes are started.
final class SupervisedGroup {
  /// Seconds a process may take to end after SIGTERM before it is killed.
  static let standardStopSeconds = 10.0
  private static let pollMilliseconds: Int32 = 100

  /// Whether a process that fails may be started again.
  var mayRestart: () -> Bool = { true }
  /// Called once for each signal that this process receives.
  var onSignal: () -> Void = {}
  private(set) var processes: [SupervisedProcess] = []
  private var relays: [LineRelay] = []
  private var signalsHandled = 0
  private let note: (String) -> Void
  private let stopSeconds: Double

  /// - Parameters:
  ///   - note: receives a line about each process that does not end when told to.
  ///   - stopSeconds: how long a process may take to end after SIGTERM before it is killed.
  init(note: @escaping (String) -> Void, stopSeconds: Double = SupervisedGroup.standardStopSeconds) {
    self.note = note
    self.stopSeconds = stopSeconds
  }

  func add(_ process: SupervisedProcess) { processes.append(process) }

  /// Copies a process's output line by line while the group waits.
  func add(_ relay: LineRelay) { relays.append(relay) }

  /// Whether every process has ended for good.
  var hasEnded: Bool { processes.allSatisfy(\.hasEnded) }

  /// Watches the processes until `condition` holds.
  /// - Parameter limit: seconds to wait at most; nil for no limit.
  /// - Returns: whether the condition holds.
  @discardableResult
  func wait(atMost limit: Double? = nil, until condition: () -> Bool) -> Bool {
    let deadline = limit.map { MonotonicClock.seconds + $0 }
    while true {
      handleSignals()
      let now = MonotonicClock.seconds
      for process in processes { process.advance(now: now, mayRestart: mayRestart()) }
      if condition() { return true }
      if let deadline, now >= deadline { return false }
      pollRelays()
    }
  }

  private func handleSignals() {
    while signalsHandled < Interruption.count {
      signalsHandled += 1
      onSignal()
    }
  }

  /// Waits a moment for output to copy. A signal ends the wait early.
  private func pollRelays() {
    var items = relays.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    poll(&items, nfds_t(items.count), Self.pollMilliseconds)
    for (item, relay) in zip(items, relays) where item.revents != 0 { relay.pump() }
  }

  /// Ends every process: SIGTERM, and SIGKILL for those that do not end in time.
  func stop() {
    for process in processes { process.stop() }
    if wait(atMost: stopSeconds, until: { hasEnded }) { return drain() }
    for process in processes {
      guard let identifier = process.identifier else { continue }
      note("\(process.name) (pid \(identifier)) did not end within \(Int(stopSeconds)) s; killing it")
      process.kill()
    }
    if !wait(atMost: stopSeconds, until: { hasEnded }) { say("warning: some processes are still running") }
    drain()
  }

  /// Copies what processes that have ended wrote last.
  func drain() {
    for relay in relays { relay.pump() }
  }
}
