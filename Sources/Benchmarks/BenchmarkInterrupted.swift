import Runtime
import Transport

/// Somebody wants the benchmark to end. Not a reason to skip a measurement and go on with the next.
struct BenchmarkInterrupted: Error, CustomStringConvertible {
  let description = "interrupted"
}

extension Interruption {
  /// - Throws: `BenchmarkInterrupted` if a signal has come.
  static func check() throws {
    if count > 0 { throw BenchmarkInterrupted() }
  }
}
