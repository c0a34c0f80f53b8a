import Assembly
import Configuration
import Worker

/// What a frame of NetHack takes on the wire, plain and compressed, and what compressing it costs. Part of the transport
/// group.
enum CompressionBenchmark {
  static let name = "NetHackScore compact trajectories"
  /// Unrolls of 32 steps of 16 environments.
  private static let unrolls = 40

  static func run(_ settings: BenchmarkSettings) throws -> [Measurement] {
    let group = TransportBenchmark.group
    do {
      let configuration = try RunConfiguration.load(file: nil, overrides: ["environment.task=NetHackScoreExtended"])
      let plan = try RunPlan(configuration, netHackDirectory: settings.netHackDirectory)
      let trajectories = try TrajectoryCompression.trajectories(of: plan, unrolls: unrolls)
      let results = try (0..<settings.rounds).map { _ in
        try TrajectoryCompression.measure(trajectories, seconds: settings.seconds)
      }
      func measurement(_ part: String, _ unit: String, _ value: (TrajectoryCompression.Result) -> Double)
        -> Measurement
      { Measurement(group, "\(name), \(part)", unit: unit, rounds: results.map(value)) }
      return [
        measurement("plain", "bytes/frame") { $0.plainBytes },
        measurement("compressed", "bytes/frame") { $0.compressedBytes },
        measurement("compressing", "us/frame") { $0.encodeMicroseconds },
        measurement("decompressing", "us/frame") { $0.decodeMicroseconds },
      ]
    } catch {
      return [Measurement(group, name, unit: "bytes/frame", skipped: try reasonToSkip(error))]
    }
  }
}
