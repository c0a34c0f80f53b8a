import Foundation

/// Trajectories between two processes over TCP loopback, through Tengu's transport and wire format: a ROUTER and a DEALER
/// with a window of 64 messages. Compared with libzmq from plain C in the same pattern.
public enum TransportBenchmark {
  public static let group = "transport"
  static let sizes = [("4 KiB", 4 << 10), ("256 KiB", 256 << 10)]

  /// - Parameters:
  ///   - program: the `tengu-bench` whose subcommand `transport-peer` is both of our ends.
  ///   - show: receives each measurement as soon as it is complete.
  public static func run(
    _ settings: BenchmarkSettings, program: String, show: (Measurement) -> Void
  ) throws -> [Measurement] {
    var measurements: [Measurement] = []
    for (name, bytes) in sizes {
      for measurement in try measure(name, bytes: bytes, settings, program: program) {
        show(measurement)
        measurements.append(measurement)
      }
    }
    for measurement in try CompressionBenchmark.run(settings, group: group) {
      show(measurement)
      measurements.append(measurement)
    }
    return measurements
  }

  /// Result of one run of a pair of processes.
  struct Flow {
    var messagesPerSecond: Double
    /// CPU seconds of both processes per message.
    var cpuSecondsPerMessage: Double
  }

  private static func measure(
    _ name: String, bytes: Int, _ settings: BenchmarkSettings, program: String
  ) throws -> [Measurement] {
    // The count fills the time on a slow machine: 10 microseconds per message and 1 GB/s.
    let size = PackedTrajectory(bytes: bytes).byteCount
    let count = max(64, Int(settings.seconds / (1e-5 + 1e-9 * Double(size))))
    let peer = ["transport-peer"]
    var (ours, theirs): ([Flow], [Flow]) = ([], [])
    func measureOurs(_ round: Int) throws -> Double {
      ours.append(
        try flow(
          program, router: peer + ["router", "\(count)"],
          dealer: { peer + ["dealer", "\(count)", "--address", $0, "--bytes", "\(bytes)"] }, count: count))
      return ours[round].messagesPerSecond
    }
    func measureTheirs(_ round: Int) throws -> Double {
      theirs.append(
        try flow(
          settings.zmqProgram, router: ["router", "tcp://127.0.0.1:*", "\(count)"],
          dealer: { ["dealer", $0, "\(count)", "\(size)", "\(TransportPeer.window)"] }, count: count))
      return theirs[round].messagesPerSecond
    }
    let hasYardstick = FileManager.default.isExecutableFile(atPath: settings.zmqProgram)
    if hasYardstick {
      _ = try settings.alternate(measureOurs, measureTheirs)
    } else {
      _ = try settings.repeated(measureOurs)
    }
    return results(
      name, ours, theirs, size: Double(size), reason: "no \(settings.zmqProgram); scripts/bench.sh compiles it")
  }

  private static func results(
    _ name: String, _ ours: [Flow], _ theirs: [Flow], size: Double, reason: String
  ) -> [Measurement] {
    func measurement(_ unit: String, _ what: String, _ number: (Flow) -> Double) -> Measurement {
      var result = Measurement(group, "\(name), \(what)", unit: unit, rounds: ours.map(number))
      if theirs.isEmpty {
        result.skipped = reason
      } else {
        result.compare(with: "libzmq from C", rounds: theirs.map(number))
      }
      return result
    }
    return [
      measurement("messages/s", "messages") { $0.messagesPerSecond },
      measurement("GB/s", "bytes") { 1e-9 * size * $0.messagesPerSecond },
      measurement("messages/CPU s", "messages of both processes' time") { 1 / $0.cpuSecondsPerMessage },
    ]
  }

  /// Runs a router and a dealer until all messages have arrived.
  private static func flow(
    _ program: String, router: [String], dealer: (_ address: String) -> [String], count: Int
  ) throws -> Flow {
    struct Answer: Decodable {
      var seconds: Double
      var cpuSeconds: Double
    }
    let receiving = try LineProcess(program, router)
    let sending = try LineProcess(program, dealer(try receiving.line()))
    let (sent, received) = (try sending.decoded(Answer.self), try receiving.decoded(Answer.self))
    try sending.awaitEnd()
    try receiving.awaitEnd()
    // The clock starts with the first message.
    return Flow(
      messagesPerSecond: Double(count - 1) / received.seconds,
      cpuSecondsPerMessage: (sent.cpuSeconds + received.cpuSeconds) / Double(count))
  }
}
