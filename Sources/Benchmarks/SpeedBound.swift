import ActorCritic
import Assembly
import Configuration
import Environments

/// Upper bound of a run's speed, if only the environment and arithmetic took time and arithmetic ran at the peak:
///
///     cores / (environment seconds + inference operations / peak + training operations / peak), all per frame
struct SpeedBound: Sendable, Hashable {
  var cores: Int
  /// Seconds of one environment step.
  var environmentSeconds: Double
  /// Floating-point operations of one frame's forward pass.
  var inferenceOperations: Double
  /// Floating-point operations of one frame in an update: forward pass, gradients of inputs, gradients of weights.
  var trainingOperations: Double
  /// Floating-point operations per second of one core.
  var peak: Double

  var framesPerSecond: Double {
    Double(cores) / (environmentSeconds + (inferenceOperations + trainingOperations) / peak)
  }

  /// - Parameters:
  ///   - environmentSeconds: seconds of one environment step, in the games that the run plays.
  ///   - peak: floating-point operations per second of one core.
  init(_ plan: RunPlan, environmentSeconds: Double, peak: Double) {
    cores = Machine.current.cores
    self.environmentSeconds = environmentSeconds
    inferenceOperations = 2 * Double(plan.network.multiplyAdds)
    trainingOperations = 3 * inferenceOperations
    self.peak = peak
  }

  /// Seconds of one environment step while no other thread works: measured in a serial run over the same steps, because a
  /// policy that learns plays other games than a random one (in NetHack their steps take a third longer).
  /// - Parameter steps: the steps over which the system is measured.
  /// - Throws: `BenchmarkError` if the run ends early.
  static func environmentSeconds(
    of system: SystemCase, at steps: ClosedRange<Int>, _ settings: BenchmarkSettings, program: String
  ) throws -> Double {
    let run = try LaunchedRun(
      .serial, program: program, configuration: system.configuration,
      overrides: system.overrides + ["worker.threads=1", "learner.threads=1"],
      netHackDirectory: settings.netHackDirectory)
    let window = try withExtendedLifetime(run) {
      try SystemWindow(run, through: steps)
    }
    guard let seconds = window.phaseSeconds["worker environment"], window.frames > 0 else {
      throw BenchmarkError("the metrics of the run do not contain worker/environment_seconds")
    }
    return seconds / window.frames
  }
}
