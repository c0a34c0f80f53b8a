import Configuration
import Foundation
import Learner
import Serial
import TestSupport

/// Configurations that play in milliseconds or seconds, and serial runs of them in temporary folders.
enum SmallRun {
  /// CaptionGrid with a network of a few thousand parameters: an update every 64 steps.
  static func grid(seed: Int, steps: Int) -> RunConfiguration {
    var configuration = RunConfiguration()
    configuration.run.seed = seed
    configuration.run.steps = steps
    configuration.environment.task = "CaptionGrid"
    configuration.network.embeddingSize = 4
    configuration.network.hiddenSize = 16
    configuration.network.recurrentSize = 16
    configuration.worker.environmentsPerGroup = 4
    configuration.worker.threads = 1
    configuration.learner.unrollLength = 8
    configuration.learner.batchSize = 64
    configuration.annotator.kind = .oracle
    return configuration
  }

  /// A serial run in `parent` that has not started yet and writes no log but its file.
  static func serial(
    _ configuration: RunConfiguration, in parent: TemporaryDirectory, name: String = "run",
    resume: LearnerOptions.Resume = .never, netHackDirectory: String? = nil, evaluator: Evaluator? = nil
  ) throws -> SerialRun {
    var options = LearnerOptions(configuration: configuration, runName: name)
    options.runsDirectory = parent.path
    options.resume = resume
    options.logStream = nil
    options.evaluator = evaluator
    return try SerialRun(options, netHackDirectory: netHackDirectory)
  }

  /// Plays `configuration` to its end.
  static func play(_ configuration: RunConfiguration, netHackDirectory: String? = nil) throws -> LearnerService {
    let folder = try TemporaryDirectory()
    let run = try serial(configuration, in: folder, netHackDirectory: netHackDirectory)
    try run.run(until: { nil })
    return run.learner
  }
}
