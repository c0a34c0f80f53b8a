import Foundation

/// Waits on the main thread for asynchronous work. The main thread is none of those that run it.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
  let outcome = Outcome<Value>()
  Task.detached {
    do { outcome.set(.success(try await work())) } catch { outcome.set(.failure(error)) }
  }
  return try outcome.wait().get()
}

/// Set once by one thread, waited for by another: the semaphore orders the two.
private final class Outcome<Value: Sendable>: @unchecked Sendable {
  private let isSet = DispatchSemaphore(value: 0)
  private var result: Result<Value, any Error>?

  func set(_ result: Result<Value, any Error>) {
    self.result = result
    isSet.signal()
  }

  func wait() -> Result<Value, any Error> {
    isSet.wait()
    guard let result else { preconditionFailure("signalled by `set` alone") }
    return result
  }
}
