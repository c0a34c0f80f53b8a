import ActorCritic
import Assembly
import Configuration
import Environments

/// How fast a run could be if nothing but playing and arithmetic took time, and arithmetic ran at sgemm's peak:
///
///     cores / (environment seconds + inference operations / peak + training operations / peak), each for one frame
struct SpeedBound: Sendable, Hashable {
  var cores: Int
  /// Of one environment step.
  var environmentSeconds: Double
  /// Floating-point operations of one frame's forward pass.
  var inferenceOperations: Double
  /// Of one frame in an update: forward, gradients of the layers' inputs, gradients of the weights.
  var trainingOperations: Double
  /// Operations a second of one core.
  var peak: Double

  var framesPerSecond: Double {
    Double(cores) / (environmentSeconds + (inferenceOperations + trainingOperations) / peak)
  }

  /// - Parameters:
  ///   - environmentSeconds: of one step, in the games that are played.
  ///   - peak: operations a second of one core.
  init(_ plan: RunPlan, environmentSeconds: Double, peak: Double) {
    cores = Machine.current.cores
    self.environmentSeconds = environmentSeconds
    inferenceOperations = 2 * Double(plan.network.multiplyAdds)
    trainingOperations = 3 * inferenceOperations
    self.peak = peak
  }

  /// What one step of the environment takes with nothing beside it: in a run of one thread and at the same steps, because
  /// a policy that learns plays other games than one that acts at random (NetHack's take a third longer).
  /// - Parameter steps: of the system that is measured.
  /// - Throws: `BenchmarkError` when the run ends.
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
      throw BenchmarkError("the run tells nothing of its environments")
    }
    return seconds / window.frames
  }
}
