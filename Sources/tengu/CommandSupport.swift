import ArgumentParser
import Configuration
import Foundation
import Judging
import Learner
import Transport

/// Runs a command's work and turns what it throws into one line on stderr and an exit status: 64 if the arguments or the
/// configuration are wrong, 1 for any other failure.
func reportingFailure(_ work: () throws -> Void) throws {
  do {
    try work()
  } catch let exit as ExitCode {
    throw exit
  } catch RunError.complete(let text) {
    print(text)
  } catch RunError.stopped(let text) {
    print(text)
  } catch {
    FileHandle.standardError.write(Data("tengu: \(error)\n".utf8))
    throw ExitCode(isUsageError(error) ? 64 : 1)
  }
}

/// Whether the error is in the arguments or the configuration, so that trying again cannot help.
private func isUsageError(_ error: any Error) -> Bool {
  switch error {
  case is ConfigurationError, is PromptError, TransportError.invalidEndpoint, TransportError.keysRequired: true
  default: false
  }
}

/// Waits on the main thread for asynchronous work, which runs on other threads.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
  let outcome = Outcome<Value>()
  Task.detached {
    do { outcome.set(.success(try await work())) } catch { outcome.set(.failure(error)) }
  }
  return try outcome.wait().get()
}

/// A result that one thread sets once and another waits for. The semaphore orders the two accesses.
private final class Outcome<Value: Sendable>: @unchecked Sendable {
  private let isSet = DispatchSemaphore(value: 0)
  private var result: Result<Value, any Error>?

  func set(_ result: Result<Value, any Error>) {
    self.result = result
    isSet.signal()
  }

  func wait() -> Result<Value, any Error> {
    isSet.wait()
    guard let result else { preconditionFailure("the semaphore was signalled without a result") }
    return result
  }
}

/// Path of this program. Experiments start it again for their runs.
let ownProgram = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "tengu"
