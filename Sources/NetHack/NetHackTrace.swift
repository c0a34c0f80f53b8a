import Environments
import Runtime
import Tensor

/// Plays a task with pseudo-random actions and writes down everything that could differ from another implementation:
/// each array of NLE, each reward and each end. scripts/compare_nle.py replays the file with Python's nle.
public enum NetHackTrace {
  /// Plays `steps` steps of `task`, with episodes and actions that follow from `seed`, into a new file at `path`.
  /// - Throws: `EnvironmentError` if the task is unknown, cannot be played, or the file cannot be written.
  public static func write(
    task name: String, seed: UInt64, steps: Int, options: EnvironmentOptions, to path: String
  ) throws {
    let task = try NetHackTasks.task(named: name)
    var options = options
    options.observationKeys = NetHackObservation.game.map(\.rawValue)
    let environment = try NetHackEnvironment(task: task, options: options)
    let file = try NetHackTraceFile(
      path: path, layout: environment.specification.observation,
      facts: [
        ("task", "\"\(task.name)\""), ("character", "\"\(task.character ?? options.character)\""),
        ("maximum_episode_steps", "\(options.maximumEpisodeSteps ?? task.maximumEpisodeSteps)"),
      ])
    let output = StepOutput(row: file.row, caption: CaptionBuffer())
    var actions = SplitMix64(seed: seed)
    var episodes = SplitMix64(seed: ~seed)
    var isPlaying = false
    for _ in 0..<steps {
      if !isPlaying {
        try environment.reset(seed: episodes.next(), into: output)
        try file.appendReset(environment.seeds)
      }
      let action = Int(actions.next() % UInt64(task.actions.count))
      let transition = try environment.step(action, into: output)
      try file.appendStep(action, transition)
      isPlaying = !transition.done
    }
    try file.flush()
  }
}
