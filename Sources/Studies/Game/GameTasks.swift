import Environments
import Runtime
import Search

/// One step of an episode of CaptionGrid that a policy of this module played.
struct GameStep: Sendable {
  let features: [Float]
  let action: Int
  let caption: CaptionGridCaption
  /// Log-probabilities of all actions when it was chosen.
  let old: [Float]
  /// Whether it brought the hero nearer to the win, or won: what a perfect judge of steps says.
  let isGood: Bool
}

/// An episode from its task's first state to its end or the horizon.
struct GameEpisode: Sendable {
  var steps: [GameStep] = []
  var hasWon = false
}

/// Episodes of the same task: a group as trainers of text policies sample it.
struct GameGroup: Sendable {
  let task: CaptionGridState
  let episodes: [GameEpisode]

  var wins: Int { episodes.count(where: \.hasWon) }

  /// Every won episode with every lost one.
  var pairs: [(won: GameEpisode, lost: GameEpisode)] {
    let lost = episodes.filter { !$0.hasWon }
    return episodes.filter(\.hasWon).flatMap { won in lost.map { (won, $0) } }
  }
}

/// Tasks of CaptionGrid that are a few steps from a win, and games on them.
struct GameTasks: Sendable {
  /// Steps to a win at the beginning of a task: 1 to so many.
  var farthest = 12
  /// Steps after which an episode is lost.
  var horizon = 24
  /// Share of the actions that chance replaces.
  var slip: Float = 0

  static let actions = CaptionGridState.actionCount
  static let features = CaptionGridState.featureCount

  /// - Parameter accepts: which tasks to keep; at least one in some hundreds.
  func tasks(
    _ count: Int, _ generator: inout RandomGenerator, where accepts: (CaptionGridState) -> Bool = { _ in true }
  ) -> [CaptionGridState] {
    var tasks: [CaptionGridState] = []
    while tasks.count < count {
      let task = SearchStudy.task(generator.next(), farthest: farthest)
      if accepts(task) { tasks.append(task) }
    }
    return tasks
  }

  /// Plays a task with a policy, given as log-probabilities of the actions by features.
  func play(
    _ task: CaptionGridState, _ generator: inout RandomGenerator, policy: ([Float]) -> [Float]
  ) -> GameEpisode {
    var episode = GameEpisode()
    var world = task
    for _ in 0..<horizon {
      let features = world.features
      let old = policy(features)
      var action = Self.draw(old, &generator)
      if slip > 0, generator.uniform() < slip { action = generator.below(Self.actions) }
      let before = world.stepsToWin
      let (transition, caption) = world.step(CaptionGridAction(rawValue: action) ?? .wait)
      let isNearer = !transition.done && (world.stepsToWin ?? .max) < (before ?? .max)
      episode.steps.append(
        GameStep(
          features: features, action: action, caption: caption, old: old, isGood: transition.succeeded || isNearer))
      if transition.done {
        episode.hasWon = transition.succeeded
        break
      }
    }
    return episode
  }

  /// `repeats` episodes of each task.
  func groups(
    _ tasks: [CaptionGridState], repeats: Int, _ generator: inout RandomGenerator, policy: ([Float]) -> [Float]
  ) -> [GameGroup] {
    tasks.map { task in
      GameGroup(task: task, episodes: (0..<repeats).map { _ in play(task, &generator, policy: policy) })
    }
  }

  /// Share of the tasks that one game each wins.
  func success(
    _ tasks: [CaptionGridState], _ generator: inout RandomGenerator, policy: ([Float]) -> [Float]
  ) -> Double {
    Double(tasks.count { play($0, &generator, policy: policy).hasWon }) / Double(max(tasks.count, 1))
  }

  /// An action that brings the hero nearer to the win: what a perfect player does.
  static func best(_ world: CaptionGridState) -> Int? {
    CaptionGridAction.allCases.first { action in
      var next = world
      let transition = next.step(action).transition
      if transition.done { return transition.succeeded }
      return (next.stepsToWin ?? .max) < (world.stepsToWin ?? .max)
    }?.rawValue
  }

  static func draw(_ logProbabilities: [Float], _ generator: inout RandomGenerator) -> Int {
    var rest = generator.uniform()
    for (action, value) in logProbabilities.enumerated() {
      rest -= Logistic.exp(value)
      if rest < 0 { return action }
    }
    return logProbabilities.count - 1
  }
}
