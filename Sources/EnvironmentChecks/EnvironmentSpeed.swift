import Environments
import Runtime

/// How fast a task's environments step without a policy: one thread, random actions.
public enum EnvironmentSpeed {
  /// Steps between two readings of the clock, for each environment.
  private static let stepsPerReading = 64

  /// Environment steps per CPU second of the calling thread under uniformly random actions. Resets and the writing of
  /// observations count.
  /// - Parameters:
  ///   - environmentCount: environments stepped in turn, at least 1. Many need more of the processor's caches than one.
  ///   - seed: seeds the episodes and the actions.
  ///   - seconds: CPU time to measure for; at least one series of steps is measured.
  /// - Throws: `EnvironmentError` if an environment cannot be created, reset or stepped.
  public static func stepsPerSecond(
    options: EnvironmentOptions, entry: EnvironmentEntry, environmentCount: Int, seed: UInt64, seconds: Double
  ) throws -> Double {
    let specification = try entry.specification(options)
    let environments = try (0..<environmentCount).map { _ in try entry.make(options) }
    let rowByteCount = specification.observation.rowByteCount
    let rows = UnsafeMutableRawPointer.allocate(byteCount: max(1, environmentCount * rowByteCount), alignment: 64)
    defer { rows.deallocate() }
    let captions = environments.map { _ in CaptionBuffer() }
    let outputs = (0..<environmentCount).map { StepOutput(row: rows + $0 * rowByteCount, caption: captions[$0]) }

    var seeds = SplitMix64(seed: seed)
    let actions = RandomActions(specification.actions, seed: seed)
    for (environment, output) in zip(environments, outputs) { try environment.reset(seed: seeds.next(), into: output) }
    let start = CurrentThread.cpuSeconds
    var steps = 0
    var elapsed = 0.0
    repeat {
      for _ in 0..<stepsPerReading {
        for index in 0..<environmentCount {
          if try environments[index].step(actions.next(), into: outputs[index]).done {
            try environments[index].reset(seed: seeds.next(), into: outputs[index])
          }
        }
      }
      steps += stepsPerReading * environmentCount
      elapsed = CurrentThread.cpuSeconds - start
    } while elapsed < seconds
    return Double(steps) / max(elapsed, .leastNormalMagnitude)
  }
}
