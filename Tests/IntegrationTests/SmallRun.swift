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

  /// A text policy of a few thousand parameters: an update every 32 answers.
  static func text(updates: Int, _ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    var configuration = RunConfiguration()
    configuration.run.seed = 7
    configuration.run.steps = 32 * updates
    configuration.environment.task = "text:chain"
    configuration.text.difficulty = 1
    (configuration.text.width, configuration.text.layers, configuration.text.heads) = (16, 1, 2)
    (configuration.text.context, configuration.text.answers) = (24, 4)
    (configuration.text.startUpdates, configuration.text.startShare) = (400, 1)
    configuration.worker.environmentsPerGroup = 8
    configuration.worker.threads = 1
    configuration.learner.unrollLength = 1
    configuration.learner.batchSize = 32
    configuration.learner.epochs = 2
    configuration.learner.maximumPolicyLag = 0
    configuration.reward.model = .none
    configuration.annotator.kind = .none
    change(&configuration)
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

/// A policy's version and parameters, bit by bit.
struct Weights: Equatable {
  let version: UInt64
  private let bits: [UInt32]

  init(_ policy: (policyVersion: UInt64, parameters: [Float])) {
    version = policy.policyVersion
    bits = policy.parameters.map(\.bitPattern)
  }
}
