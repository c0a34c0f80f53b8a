import Environments
import Runtime

/// An episode as `RestartStudy` sees it: what values read before each step, the steps, and the end.
struct RestartEpisode: Sendable {
  /// Observations before each step; and the last one if the episode did not end in the world itself.
  var observations: [[Float]] = []
  var steps = 0
  var hasWon = false
  /// Whether a limit or a cut ended it.
  var isTruncated = false
}

/// A world with a fixed policy, in which episodes can be cut.
protocol RestartWorld: Sendable {
  var featureCount: Int { get }
  /// - Parameter isCut: whether to end the episode after a step, given the observation before the step.
  func play(
    _ generator: inout RandomGenerator, isCut: (_ observation: [Float], _ step: Int) -> Bool
  ) -> RestartEpisode
}

/// The planted effect and its absence: after the first step chance decides whether the episode is doomed. A doomed one lasts
/// 40 steps, the others win after 8. In the visible version the observation says that the episode is doomed, in the other
/// it looks like that of an episode that will win.
struct ForkWorld: RestartWorld {
  let isVisible: Bool

  private static let way = 8
  private static let hall = 40
  private static let doomed: Float = 0.6

  var featureCount: Int { Self.way + 1 }

  func play(
    _ generator: inout RandomGenerator, isCut: (_ observation: [Float], _ step: Int) -> Bool
  ) -> RestartEpisode {
    let isDoomed = generator.uniform() < Self.doomed
    var episode = RestartEpisode()
    let length = isDoomed ? Self.hall : Self.way
    while episode.steps < length {
      let observation = observation(episode.steps, isDoomed)
      episode.observations.append(observation)
      let isLast = isCut(observation, episode.steps)
      episode.steps += 1
      guard isLast, episode.steps < length else { continue }
      episode.isTruncated = true
      episode.observations.append(self.observation(episode.steps, isDoomed))
      return episode
    }
    episode.hasWon = !isDoomed
    return episode
  }

  private func observation(_ step: Int, _ isDoomed: Bool) -> [Float] {
    let place = isVisible && isDoomed && step > 0 ? Self.way : step % Self.way
    return (0..<featureCount).map { $0 == place ? 1 : 0 }
  }
}

/// CaptionGrid on tasks that are up to 24 steps from a win, under a policy that imitation has taught to win now and then.
struct GridWorld: RestartWorld {
  private static let game: GameTasks = {
    var game = GameTasks()
    (game.farthest, game.horizon) = (24, 100)
    return game
  }()
  private let policy: LinearScores
  private let tasks: [CaptionGridState]

  init(_ generator: inout RandomGenerator) {
    let game = Self.game
    policy = LinearScores.imitation(of: game.tasks(20, &generator), epochs: 4, rate: 0.1, &generator)
    tasks = game.tasks(32, &generator)
  }

  var featureCount: Int { GameTasks.features }

  func play(
    _ generator: inout RandomGenerator, isCut: (_ observation: [Float], _ step: Int) -> Bool
  ) -> RestartEpisode {
    var world = tasks[generator.below(tasks.count)]
    var episode = RestartEpisode()
    while true {
      let observation = world.features
      episode.observations.append(observation)
      let isLast = isCut(observation, episode.steps) || episode.steps + 1 == Self.game.horizon
      let action = GameTasks.draw(policy.logProbabilities(observation), &generator)
      let transition = world.step(CaptionGridAction(rawValue: action) ?? .wait).transition
      episode.steps += 1
      if transition.done {
        episode.hasWon = transition.succeeded
        return episode
      }
      guard isLast else { continue }
      episode.isTruncated = true
      episode.observations.append(world.features)
      return episode
    }
  }
}
