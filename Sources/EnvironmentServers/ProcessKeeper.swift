import Foundation
import Glibc
import Runtime
import Synchronization

/// The thread that starts the servers of this process and waits for their ends. The kernel ends a child together with the
/// thread that started it, so this one lasts as long as the process.
///
/// `@unchecked` holds because only the thread uses `children`.
final class ProcessKeeper: @unchecked Sendable {
  static let shared = ProcessKeeper()

  private var children: [pid_t: ChildProcess] = [:]
  private let work = Mutex<[@Sendable () -> Void]>([])
  private let waiting = DispatchSemaphore(value: 0)

  private init() {
    let thread = Thread { [self] in
      CurrentThread.setName("servers")
      while true {
        waiting.wait()
        let next = work.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        next?()
      }
    }
    thread.start()
  }

  /// Runs `body` on the thread and returns its result.
  private func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
    let holder = ResultHolder<Value>()
    work.withLock { $0.append { holder.set(body()) } }
    waiting.signal()
    guard let value = holder.wait() else { preconditionFailure("the keeper's thread sets a result before it signals") }
    return value
  }

  /// Starts a program. What it prints goes to this process's stderr, because stdout is for results.
  /// - Throws: `ProcessError` if it cannot be executed.
  func start(_ call: ProgramCall, input: Int32) throws(ProcessError) -> pid_t {
    let started = run { [self] () -> Result<pid_t, ProcessError> in
      do throws(ProcessError) {
        let child = try ChildProcess(call, input: .descriptor(input), output: .descriptor(STDERR_FILENO))
        children[child.identifier] = child
        return .success(child.identifier)
      } catch {
        return .failure(error)
      }
    }
    return try started.get()
  }

  /// The status of a program that was started here, as shells report it; nil while it runs.
  func status(_ identifier: pid_t) -> Int32? { run { [self] in children[identifier]?.status } }

  /// Kills a program and forgets it.
  func end(_ identifier: pid_t) {
    run { [self] in
      guard let child = children.removeValue(forKey: identifier) else { return }
      child.send(SIGKILL)
      _ = child.waitUntilExit()
    }
  }
}

/// A result that one thread sets and another one waits for.
private final class ResultHolder<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let isSet = DispatchSemaphore(value: 0)

  func set(_ new: Value) {
    value.withLock { $0 = new }
    isSet.signal()
  }

  func wait() -> Value? {
    isSet.wait()
    return value.withLock { $0 }
  }
}
