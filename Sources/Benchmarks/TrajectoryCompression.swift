import Assembly
import CPlatform
import Configuration
import Runtime
import Tensor
import Wire
import Worker

/// Measures what it costs to make trajectories smaller, and what it gains.
public enum TrajectoryCompression {
  /// All per frame (environment step) of the trajectories that were measured.
  public struct Result: Sendable {
    /// Bytes of the tensors as they are.
    public let plainBytes: Double
    /// Bytes of the tensors as they travel.
    public let compressedBytes: Double
    /// The observations' part of both.
    public let observationBytes: (plain: Double, compressed: Double)
    /// CPU time of one thread.
    public let encodeMicroseconds: Double
    public let decodeMicroseconds: Double
  }

  /// Unrolls of `plan`'s task under a policy that has not learned anything yet, which plays nearly at random.
  /// - Parameter unrolls: how many; they follow each other, one group of environments after the other.
  /// - Throws: `EnvironmentError` if the task's world cannot be made.
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

  /// Compresses all of `trajectories` and reads them back, again and again; the least time of each way counts.
  /// - Parameters:
  ///   - trajectories: at least one.
  ///   - seconds: CPU time to measure for; at least one round is taken.
  /// - Throws: `WireError` if what was compressed cannot be read back.
  public static func measure(_ trajectories: [TrajectoryBuffer], seconds: Double) throws -> Result {
    let compressor = TensorCompressor()
    let decompressor = TensorDecompressor()
    let frames = Double(trajectories.reduce(0) { $0 + $1.shape.frames })
    let plain = trajectories.map { $0.tensorFrames() }
    var compressed: [[TensorFrame]] = []
    var (encodeSeconds, decodeSeconds) = (Double.infinity, Double.infinity)
    let start = tengu_thread_cpu_seconds()
    repeat {
      let encodeStart = tengu_thread_cpu_seconds()
      compressed = plain.map { $0.map(compressor.compress) }
      let decodeStart = tengu_thread_cpu_seconds()
      for tensors in compressed {
        for tensor in tensors { _ = try decompressor.plain(tensor) }
      }
      let end = tengu_thread_cpu_seconds()
      encodeSeconds = min(encodeSeconds, decodeStart - encodeStart)
      decodeSeconds = min(decodeSeconds, end - decodeStart)
    } while tengu_thread_cpu_seconds() - start < seconds
    return Result(
      plainBytes: bytes(plain) / frames, compressedBytes: bytes(compressed) / frames,
      observationBytes: (bytes(plain, of: .observations) / frames, bytes(compressed, of: .observations) / frames),
      encodeMicroseconds: encodeSeconds / frames * 1e6, decodeMicroseconds: decodeSeconds / frames * 1e6)
  }

  /// Bytes of all tensors, or of those called `name`.
  private static func bytes(_ trajectories: [[TensorFrame]], of name: TensorName? = nil) -> Double {
    let tensors = trajectories.joined().filter { name == nil || $0.name == name }
    return Double(tensors.reduce(0) { $0 + $1.frame.count })
  }
}
