import ArgumentParser
import Configuration
import Foundation
import Judging
import Learner
import Transport

/// Runs a command's work and turns whatever it throws into one line on stderr and the documented exit status: 64 for
/// what the user said (arguments, configuration), 1 for what went wrong.
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
    throw ExitCode(isMistake(error) ? 64 : 1)
  }
}

/// Whether the user has to say something else, rather than try again.
private func isMistake(_ error: any Error) -> Bool {
  switch error {
  case is ConfigurationError, is PromptError, TransportError.invalidEndpoint, TransportError.keysRequired: true
  default: false
  }
}

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

/// The path of this program, which experiments start again for their runs.
let ownProgram = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "tengu"
