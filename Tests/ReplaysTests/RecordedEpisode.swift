import Environments

@testable import Replays

/// Plays an episode with actions drawn from `seed` and takes it down.
func recordedEpisode(_ task: String, seed: UInt64, maximumSteps: Int = 60) throws -> EpisodeRecord {
  let options = EnvironmentOptions(task: task, maximumEpisodeSteps: maximumSteps)
  let environment = try EnvironmentRegistry.small.entry(named: task).make(options)
  let row = UnsafeMutableRawPointer.allocate(
    byteCount: environment.specification.observation.rowByteCount, alignment: 8)
  defer { row.deallocate() }
  let output = StepOutput(row: row, caption: CaptionBuffer())
  var record = EpisodeRecord(options: options, seed: seed)
  try environment.reset(seed: seed, into: output)
  var state = seed
  while true {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let action = Int((state >> 33) % UInt64(environment.specification.actions.parameterCount))
    let transition = try environment.step(action, into: output)
    record.append(action: RecordedAction(action), reward: transition.reward)
    if transition.done { return record }
  }
}

extension EpisodeReplay {
  /// All moments from the opening on.
  func moments() throws -> [ReplayMoment] {
    var moments = [opening]
    while let moment = try next() { moments.append(moment) }
    return moments
  }
}

extension EnvironmentRegistry {
  static let small = EnvironmentRegistry([CaptionGrid.entry, CartPole.entry, Corridor.entry])
}
