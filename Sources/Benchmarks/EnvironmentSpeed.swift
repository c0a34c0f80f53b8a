import CPlatform
import Environments
import Runtime
import Tensor

/// Measures how fast an environment plays, without policy or transport.
public enum EnvironmentSpeed {
  /// Environments stepped in turn, as a rollout thread does, unless it is told otherwise.
  public static let environmentCount = 16
  /// Steps of all environments between two looks at the clock.
  static let roundsPerMeasurement = 64

  /// Environment steps per CPU second of the calling thread, resets and writing of observations included, with
  /// uniformly random actions.
  /// - Parameters:
  ///   - environmentCount: environments stepped in turn (1 or more). Many need more of the processor's caches than one.
  ///   - seed: of the episodes' seeds and of the actions.
  ///   - seconds: CPU time to measure for; at least one measurement is taken.
  /// - Throws: `EnvironmentError` from making, resetting or stepping the environments.
  public static func stepsPerSecond(
    options: EnvironmentOptions, entry: EnvironmentEntry, environmentCount: Int = EnvironmentSpeed.environmentCount,
    seed: UInt64 = 1, seconds: Double
  ) throws -> Double {
    let specification = try entry.specification(options)
    let environments = try (0..<environmentCount).map { _ in try entry.make(options) }
    let rowByteCount = specification.observation.rowByteCount
    let rows = UnsafeMutableRawPointer.allocate(byteCount: max(1, environmentCount * rowByteCount), alignment: 64)
    defer { rows.deallocate() }
    let captions = environments.map { _ in CaptionBuffer() }
    let outputs = (0..<environmentCount).map { StepOutput(row: rows + $0 * rowByteCount, caption: captions[$0]) }

    var seeds = SplitMix64(seed: seed)
    var actions = RandomGenerator(seed: seed)
    for (environment, output) in zip(environments, outputs) { try environment.reset(seed: seeds.next(), into: output) }
    let start = tengu_thread_cpu_seconds()
    var steps = 0
    var elapsed = 0.0
    repeat {
      for _ in 0..<roundsPerMeasurement {
        for index in 0..<environmentCount {
          let action = actions.below(specification.actionCount)
          if try environments[index].step(action, into: outputs[index]).done {
            try environments[index].reset(seed: seeds.next(), into: outputs[index])
          }
        }
      }
      steps += roundsPerMeasurement * environmentCount
      elapsed = tengu_thread_cpu_seconds() - start
    } while elapsed < seconds
    return Double(steps) / max(elapsed, .leastNormalMagnitude)
  }
}
