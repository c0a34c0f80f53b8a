import Captions
import Foundation

/// Another program that is spoken with a line at a time. It is ended with this object, if it has not ended by itself.
final class ChildProcess {
  /// What it is called in errors.
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var received = Data()

  /// - Parameter environment: set on top of this process's own.
  /// - Throws: `BenchmarkError` when it does not start.
  init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    name = ([program] + arguments).joined(separator: " ")
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw BenchmarkError("cannot run \(name): \(error)")
    }
  }

  /// Its standard input ends, which is how yardsticks know that they are no longer needed; TERM is for the others.
  deinit {
    try? input.fileHandleForWriting.close()
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  func write(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

  /// The next line it prints.
  /// - Throws: `BenchmarkError` when it ends instead.
  func line() throws -> String {
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received = Data(received[received.index(after: end)...]) }
        // A C string may have brought its zero along.
        return String(decoding: received[..<end], as: UTF8.self).filter { $0 != "\0" }
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw BenchmarkError("\(name) ended without an answer") }
      received += more
    }
  }

  /// The next line, as JSON with names in snake_case.
  func decoded<Answer: Decodable>(_ type: Answer.Type) throws -> Answer {
    let line = try line()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(type, from: Data(line.utf8))
    } catch {
      throw BenchmarkError("\(name) said \"\(line)\"")
    }
  }

  /// - Throws: `BenchmarkError` when its exit status is not 0.
  func awaitEnd() throws {
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchmarkError("\(name) ended with status \(process.terminationStatus)")
    }
  }
}
