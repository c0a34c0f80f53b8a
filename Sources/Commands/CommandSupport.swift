import Annotator
import ArgumentParser
import Configuration
import Foundation
import Judging
import LanguageModelClient
import Launcher
import Learner
import LocalModel
import Relay
import Runtime
import Transport
import Worker

/// Runs a command's work and turns what it throws into one line on stderr and an exit status.
func reportingFailure(_ work: () throws -> Void) throws {
  do {
    try work()
    // Output that could not be written, as on a full disk, is a failure.
    try StandardOutput.flush()
  } catch let exit as ExitCode {
    throw exit
  } catch RunError.complete(let text) {
    print(text)
  } catch RunError.stopped(let text) {
    print(text)
  } catch {
    FileHandle.standardError.write(Data("tengu: \(text(of: error))\n".utf8))
    throw ExitCode(exitStatus(of: error))
  }
}

/// The exit status for an error, as `sysexits.h` has them: 64 if the arguments or the configuration are wrong, so that
/// trying again cannot help; 69 if a service cannot be reached; 1 for any other failure.
func exitStatus(of error: any Error) -> Int32 {
  switch error {
  case is ConfigurationError, is PromptError, is LocalModelError, TransportError.invalidEndpoint,
    TransportError.keysRequired:
    ExitStatus.mistake
  case ClientError.address, ClientError.credentials, ClientError.options, ClientError.key: ExitStatus.mistake
  case let error as LauncherError:
    switch error.kind {
    case .failure: 1
    case .usage: ExitStatus.mistake
    case .unavailable: 69
    }
  case let error as WorkerError: error.exitStatus
  case is RelayError: ExitStatus.mistake
  case let error as AnnotatorError: error.exitStatus
  default: 1
  }
}

/// An error in words for users. Tengu's own errors have them; those of Foundation describe their types.
func text(of error: any Error) -> String {
  if let problem = error as? DecodingError { return SystemReason.text(of: problem) }
  guard error is CocoaError || error is POSIXError else { return "\(error)" }
  let reason = SystemReason.text(of: error)
  return SystemReason.path(of: error).map { "\($0): \(reason)" } ?? reason
}

/// Prints a value as JSON for programs.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Waits on the main thread for asynchronous work, which runs on other threads.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
  let outcome = Outcome<Value>()
  Task.detached {
    do { outcome.set(.success(try await work())) } catch { outcome.set(.failure(error)) }
  }
  return try outcome.wait().get()
}

/// A result that one thread sets once and another thread waits for. The semaphore orders the two accesses.
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
