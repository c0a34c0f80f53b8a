import Assembly
import Environments
import NetHack
import Runtime

/// How long to measure, and where the programs are that not every machine has.
public struct BenchmarkSettings: Sendable {
  /// Seconds of each measurement in each round. Every group has its own default.
  public var seconds: Double
  /// Number of rounds, at least 1.
  public var rounds: Int
  public static let standardNetHackDirectory = NetHackTasks.standardDirectory
  /// The folder that holds libnethack.so and nhdat.
  public var netHackDirectory = standardNetHackDirectory
  /// A Python that has nle.
  public var nlePython = ".deps/nle-venv/bin/python"
  /// A Python that has PyTorch.
  public var torchPython = ".deps/peers-venv/bin/python"
  /// A Python that has Sample Factory.
  public var sampleFactoryPython = ".deps/sample-factory-venv/bin/python"
  /// The compiled scripts/bench/zmq_router.c.
  public var zmqProgram = ".build/bench/zmq_router"

  public init(seconds: Double, rounds: Int) {
    self.seconds = seconds
    self.rounds = rounds
  }

  /// Measures both sides of a ratio in turn. The side that goes first changes with every round, so a machine that becomes
  /// faster or slower favours neither.
  /// - Returns: what each side returned, round by round.
  func alternate(
    _ ours: (_ round: Int) throws -> Double, _ theirs: (_ round: Int) throws -> Double
  ) rethrows -> (ours: [Double], theirs: [Double]) {
    var result: (ours: [Double], theirs: [Double]) = ([], [])
    for round in 0..<rounds {
      if round % 2 == 0 { result.ours.append(try ours(round)) }
      result.theirs.append(try theirs(round))
      if round % 2 == 1 { result.ours.append(try ours(round)) }
    }
    return result
  }

  /// Measures one side alone.
  func repeated(_ ours: (_ round: Int) throws -> Double) rethrows -> [Double] { try (0..<rounds).map(ours) }
}

/// Measures the duration of calls, also of those that take less than a tick of the clock.
enum Stopwatch {
  private static let maximumCalls = 1 << 40

  /// CPU seconds of the calling thread for one call of `body`, averaged over a series that takes at least `seconds`.
  /// Other processes affect caches and clock speed, but their time does not count.
  static func cpuSecondsPerCall(_ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
    try secondsPerCall(seconds, clock: { CurrentThread.cpuSeconds }, body)
  }

  /// Elapsed seconds for one call of `body`, for work that several threads or processes share.
  static func wallSecondsPerCall(_ seconds: Double, _ body: () throws -> Void) rethrows -> Double {
    try secondsPerCall(seconds, clock: { MonotonicClock.seconds }, body)
  }

  /// Makes longer and longer series of calls. Only the last one counts: the first ones warm the caches.
  private static func secondsPerCall(
    _ seconds: Double, clock: () -> Double, _ body: () throws -> Void
  ) rethrows -> Double {
    var calls = 1
    while true {
      let start = clock()
      for _ in 0..<calls { try body() }
      let elapsed = clock() - start
      if elapsed > 0, elapsed >= seconds || calls >= maximumCalls { return elapsed / Double(calls) }
      let growth = elapsed > 0 ? min(max(1.1 * seconds / elapsed, 2), 64) : 64
      calls = Int(Double(calls) * growth)
    }
  }
}

/// A signal asked the benchmark to end. Unlike a `BenchmarkError`, it is never a reason to skip one measurement.
struct BenchmarkInterrupted: Error, CustomStringConvertible {
  let description = "interrupted"
}

extension Interruption {
  /// - Throws: `BenchmarkInterrupted` if a signal has arrived.
  static func check() throws {
    if count > 0 { throw BenchmarkInterrupted() }
  }
}

/// The reason that `error` gives for skipping a measurement: this machine or this build cannot make it. Other errors are
/// thrown again.
func reasonToSkip(_ error: any Error) throws -> String {
  switch error {
  case let error as EnvironmentError: error.description
  case let error as BenchmarkError: error.description
  default: throw error
  }
}
