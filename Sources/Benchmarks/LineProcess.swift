import Foundation
import Runtime

/// Another program that reads and answers lines of text. Releasing this object ends the program if it still runs.
final class LineProcess {
  /// Name of the program in errors: its command line.
  let name: String
  private let process: ChildProcess
  private let input = Pipe()
  private let output = Pipe()
  private var received = Data()

  /// - Parameter environment: variables added to those of this process.
  /// - Throws: `BenchmarkError` if the program does not start.
  init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    name = ([program] + arguments).joined(separator: " ")
    do {
      process = try ChildProcess(
        ProgramCall(program, arguments, environment: environment),
        input: .descriptor(input.fileHandleForReading.fileDescriptor),
        output: .descriptor(output.fileHandleForWriting.fileDescriptor))
    } catch {
      throw BenchmarkError("\(error)")
    }
    try? input.fileHandleForReading.close()
    try? output.fileHandleForWriting.close()
  }

  /// Closes the standard input, at which yardsticks end, and sends TERM to programs that do not end there.
  deinit {
    try? input.fileHandleForWriting.close()
    process.send(SIGTERM)
    _ = process.waitUntilExit()
  }

  func write(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

  /// The next line that the program prints.
  /// - Throws: `BenchmarkError` if the program ends instead.
  func line() throws -> String {
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received = Data(received[received.index(after: end)...]) }
        // The line may contain the zero byte of a C string.
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
      throw BenchmarkError("\(name) printed \"\(line)\", which is not the expected JSON")
    }
  }

  /// - Throws: `BenchmarkError` if the exit status is not 0.
  func awaitEnd() throws {
    let status = process.waitUntilExit()
    guard status == 0 else { throw BenchmarkError("\(name) ended with status \(status)") }
  }
}

/// A program that Tengu is compared with. It makes one measurement for each line that it reads and answers with a line of
/// JSON. It ends at the end of its standard input.
final class Yardstick {
  private let process: LineProcess

  /// Starts the program and waits for the line that reports it is ready.
  /// - Throws: `BenchmarkError` if the program does not start.
  init(_ program: String, _ arguments: [String]) throws {
    process = try LineProcess(program, arguments)
    _ = try process.line()
  }

  /// CPU seconds of one call of the operation that `request` names.
  /// - Throws: `BenchmarkError` if the program has ended or prints something else.
  func secondsPerCall(_ request: String) throws -> Double {
    struct Answer: Decodable { var secondsPerCall: Double }
    try process.write(request)
    return try process.decoded(Answer.self).secondsPerCall
  }
}

extension BenchmarkSettings {
  /// PyTorch on one thread with the shapes of ONI's networks, or the reason why it is missing.
  /// - Parameter script: name of a file in scripts/bench.
  func torch(_ script: String = "torch_oni_policy.py") -> Result<Yardstick, BenchmarkError> {
    guard FileManager.default.isExecutableFile(atPath: torchPython) else {
      return .failure(BenchmarkError("no torch at \(torchPython); scripts/bench/setup-peers.sh installs it"))
    }
    do {
      return .success(try Yardstick(torchPython, ["scripts/bench/\(script)"]))
    } catch {
      return .failure(BenchmarkError("torch does not run: \(error)"))
    }
  }
}
