import Assembly
import CPlatform
import Configuration
import Runtime
import Tensor
import Trajectories
import Wire
import Worker

/// Measures the CPU time of compressing trajectories and the bytes that it saves.
public enum TrajectoryCompression {
  /// All numbers are per frame (environment step).
  public struct Result: Sendable {
    /// Bytes of the uncompressed tensors.
    public let plainBytes: Double
    /// Bytes of the compressed tensors.
    public let compressedBytes: Double
    /// Bytes of the observations alone.
    public let observationBytes: (plain: Double, compressed: Double)
    /// CPU time of compressing, one thread.
    public let encodeMicroseconds: Double
    /// CPU time of decompressing, one thread.
    public let decodeMicroseconds: Double
  }

  /// Unrolls of the plan's task under an untrained policy, which plays nearly at random.
  /// - Parameter unrolls: number of unrolls; groups of environments play in turn.
  /// - Throws: `EnvironmentError` if the environment cannot be created.
  public static func trajectories(of plan: RunPlan, unrolls: Int, seed: UInt64 = 1) throws -> [TrajectoryBuffer] {
    let engine = try RolloutEngine(plan: plan, seed: seed, threads: 1)
    let parameters = FloatBuffer(count: plan.network.parameters.count)
    var generator = RandomGenerator(seed: seed)
    plan.network.initialise(parameters, generator: &generator)
    let policy = PolicySnapshot(
      network: plan.network, version: 0, parameters: UnsafePointer(parameters.pointer), owner: parameters)
    var buffers: [TrajectoryBuffer] = []
    while buffers.count < unrolls { buffers += try engine.collectInline(policy: policy) }
    return Array(buffers.prefix(unrolls))
  }

  /// Compresses and decompresses all trajectories repeatedly. The shortest time of each direction counts.
  /// - Parameters:
  ///   - trajectories: at least one trajectory.
  ///   - seconds: CPU time to measure for; at least one round is measured.
  /// - Throws: `WireError` if the compressed data cannot be decompressed.
  public static func measure(_ trajectories: [TrajectoryBuffer], seconds: Double) throws -> Result {
    let compressor = TensorCompressor()
    let decompressor = TensorDecompressor()
    let limits = WireLimits(maximumMessageBytes: 64 << 20)
    let observations = TensorName(Step.observations.tensor)
    let frames = Double(trajectories.reduce(0) { $0 + $1.shape.frameCount })
    let plain = trajectories.map { $0.tensorFrames() }
    var compressed: [[TensorFrame]] = []
    var (encodeSeconds, decodeSeconds) = (Double.infinity, Double.infinity)
    let start = tengu_thread_cpu_seconds()
    repeat {
      let encodeStart = tengu_thread_cpu_seconds()
      compressed = plain.map { $0.map(compressor.compress) }
      let decodeStart = tengu_thread_cpu_seconds()
      for tensors in compressed {
        for tensor in tensors { _ = try decompressor.plain(tensor, limits: limits) }
      }
      let end = tengu_thread_cpu_seconds()
      encodeSeconds = min(encodeSeconds, decodeStart - encodeStart)
      decodeSeconds = min(decodeSeconds, end - decodeStart)
    } while tengu_thread_cpu_seconds() - start < seconds
    return Result(
      plainBytes: bytes(plain) / frames, compressedBytes: bytes(compressed) / frames,
      observationBytes: (bytes(plain, of: observations) / frames, bytes(compressed, of: observations) / frames),
      encodeMicroseconds: encodeSeconds / frames * 1e6, decodeMicroseconds: decodeSeconds / frames * 1e6)
  }

  /// Bytes of all tensors, or of those with the given name.
  private static func bytes(_ trajectories: [[TensorFrame]], of name: TensorName? = nil) -> Double {
    let tensors = trajectories.joined().filter { name == nil || $0.name == name }
    return Double(tensors.reduce(0) { $0 + $1.frame.count })
  }
}

/// Bytes per frame of NetHack on the wire, plain and compressed, and the CPU time of compression. Belongs to the transport
/// group.
enum CompressionBenchmark {
  static let name = "NetHackScore compact trajectories"
  /// Unrolls of 32 steps of 16 environments.
  private static let unrolls = 40

  /// - Parameter group: the group that the measurements belong to.
  static func run(_ settings: BenchmarkSettings, group: String) throws -> [Measurement] {
    do {
      let configuration = try Registries.standard.configuration(overrides: ["environment.task=NetHackScoreExtended"])
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
