import ActorCritic
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
  ///   - peak: operations a second of one core.
  /// - Throws: `EnvironmentError` where the task's world is missing.
  init(_ plan: RunPlan, peak: Double, seconds: Double) throws {
    let section = plan.configuration.environment
    var options = EnvironmentOptions(task: section.task)
    options.maximumEpisodeSteps = section.maximumEpisodeSteps == 0 ? nil : section.maximumEpisodeSteps
    options.character = section.character
    options.layouts = section.layouts
    let stepsPerSecond = try EnvironmentBenchmark.stepsPerSecond(
      options: options, entry: EnvironmentRegistry.entry(named: section.task),
      environmentCount: plan.configuration.worker.environmentsPerGroup, seconds: seconds)
    cores = Machine.current.cores
    environmentSeconds = 1 / stepsPerSecond
    inferenceOperations = 2 * Double(plan.network.multiplyAdds)
    trainingOperations = 3 * inferenceOperations
    self.peak = peak
  }
}
