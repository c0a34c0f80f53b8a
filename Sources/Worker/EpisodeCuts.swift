import Scheduling

/// Which of a group's running episodes are to be cut, because a new start promises more (`RestartChance`).
///
/// The decision is made when the policy looks at an observation, and the step that it then chooses is the episode's last
/// one: its observation is there anyway, so that the value after it can stand for the rest.
struct EpisodeCuts {
  /// [E] value of each episode's first observation.
  private var starts: [Float]
  private var isCut: [Bool]

  init(environmentCount: Int) {
    starts = Array(repeating: 0, count: environmentCount)
    isCut = Array(repeating: false, count: environmentCount)
  }

  /// The policy sees an observation of environment `e`.
  /// - Parameters:
  ///   - value: of the observation.
  ///   - step: steps of the episode before it.
  ///   - threshold: the chance that a new start is better above which the episode is cut; 0 = never.
  mutating func look(_ e: Int, value: Float, step: Int, threshold: Float) {
    if step == 0 { starts[e] = value }
    isCut[e] = threshold > 0 && step > 0 && RestartChance.value(start: starts[e], current: value) > threshold
  }

  /// Whether the step of environment `e` that is being played is the last one of its episode.
  subscript(e: Int) -> Bool { isCut[e] }
}
