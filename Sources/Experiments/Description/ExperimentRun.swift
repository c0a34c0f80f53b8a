import Assembly
import Configuration

/// One run of an experiment: an arm with a seed.
public struct ExperimentRun: Sendable, Equatable {
  public let experiment: Experiment
  public let arm: ExperimentArm
  public let seed: Int

  /// The name of its run directory.
  public var name: String { "\(arm.name)-s\(seed)" }

  /// Environment steps at its end, those of the run it starts from included.
  public var steps: Int { arm.steps ?? experiment.steps }

  /// The run it starts from.
  public var start: ExperimentRun? {
    arm.start.flatMap { name in experiment.arms.first { $0.name == name } }.map {
      ExperimentRun(experiment: experiment, arm: $0, seed: seed)
    }
  }

  /// Everything that sets it apart from the experiment's configuration file.
  public var overrides: [String] {
    arm.overrides + [
      "run.seed=\(seed)", "run.steps=\(steps)", "telemetry.episodes=\(experiment.window)",
      "telemetry.interval_steps=\(experiment.stepsPerPoint)",
    ]
  }

  /// The configuration it is run with.
  /// - Throws: `ConfigurationError` naming the arm and the field.
  public func configuration() throws(ConfigurationError) -> RunConfiguration {
    do {
      let configuration = try RunConfiguration.load(
        file: experiment.configuration, overrides: overrides, source: "experiment \(experiment.name)")
      try configuration.checkParts()
      return configuration
    } catch {
      throw ConfigurationError(error.problems.map { "arm \(arm.name): \($0)" })
    }
  }
}

extension Experiment {
  /// Every run there is to make, the seeds outermost: whoever stops early has some of each arm.
  public var runs: [ExperimentRun] {
    seeds.flatMap { seed in arms.map { ExperimentRun(experiment: self, arm: $0, seed: seed) } }
  }
}
