import Configuration
import Foundation
import Learner
import Serial
import TestSupport

/// A CaptionGrid run of a few updates, with checkpoints, in a folder of its own.
final class SavedRun {
  let folder: TemporaryDirectory
  var path: String { "\(folder.path)/run" }

  init(seed: Int, steps: Int = 256, task: String = "CaptionGrid", netHackDirectory: String? = nil) throws {
    folder = try TemporaryDirectory()
    var configuration = RunConfiguration()
    configuration.run.seed = seed
    configuration.run.steps = steps
    configuration.environment.task = task
    configuration.environment.maximumEpisodeSteps = 40
    configuration.network.embeddingSize = 4
    configuration.network.hiddenSize = 16
    configuration.network.recurrentSize = 16
    configuration.worker.environmentsPerGroup = 4
    configuration.learner.unrollLength = 8
    configuration.learner.batchSize = 64
    // So far from where it began that seeds make different policies.
    configuration.learner.learningRate = 0.03
    configuration.reward.model = .none
    configuration.annotator.kind = .none
    var options = LearnerOptions(configuration: configuration, runName: "run")
    options.runsDirectory = folder.path
    options.logStream = nil
    try SerialRun(options, netHackDirectory: netHackDirectory).run(until: { nil })
  }
}
