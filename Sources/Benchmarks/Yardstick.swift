import Captions
import Foundation

/// Another program that measures something each time it is given a line, and answers with a line of JSON. It ends with
/// its standard input.
final class Yardstick {
  private let process: ChildProcess

  /// Starts the program and reads the line that says it is ready.
  /// - Throws: `BenchmarkError` when it does not start.
  init(_ program: String, _ arguments: [String]) throws {
    process = try ChildProcess(program, arguments)
    _ = try process.line()
  }

  /// CPU seconds of one call of what `request` asks for.
  /// - Throws: `BenchmarkError` when the program has ended or says something else.
  func secondsPerCall(_ request: String) throws -> Double {
    struct Answer: Decodable { var secondsPerCall: Double }
    try process.write(request)
    return try process.decoded(Answer.self).secondsPerCall
  }
}

extension BenchmarkSettings {
  /// PyTorch with the shape of ONI's networks on one thread, or why there is none.
  /// - Parameter script: in scripts/bench.
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
