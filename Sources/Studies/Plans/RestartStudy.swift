import Runtime
import Scheduling

/// Row 59 (adaptive inference-time compute, Manvi et al. 2024): episodes that promise less than a new start are cut, with
/// thresholds that the scheduler chooses, and values that are learned from the same episodes. How many steps does a win cost?
///
/// Values are linear, and learned as the learner does: a cut episode is truncated, and the value of its last observation
/// stands for the rest. The policy is fixed.
struct RestartStudy {
  private static let plans = 40
  private static let measuredPlans = 20
  private static let budget = 256
  private static let repeats = 8
  private static let discount: Float = 0.98
  private static let rate: Float = 0.05
  private static let thresholds: [Float] = [0, 0.6, 0.7, 0.8, 0.9]

  /// What plans cost and bring.
  private struct Sum {
    var wins = 0
    var steps = 0
    var cut = 0
    var episodes = 0

    mutating func add(_ episode: RestartEpisode, isCut: Bool) {
      wins += episode.hasWon ? 1 : 0
      steps += episode.steps
      cut += isCut ? 1 : 0
      episodes += 1
    }

    var stepsForWin: Double { Double(steps) / Double(max(1, wins)) }
  }

  private let world: any RestartWorld
  private var weights: [Float]
  private var generator: RandomGenerator

  private init(_ world: any RestartWorld, seed: UInt64) {
    self.world = world
    weights = Array(repeating: 0, count: world.featureCount)
    generator = RandomGenerator(seed: seed)
  }

  private func value(_ observation: [Float]) -> Float { zip(weights, observation).reduce(0) { $0 + $1.0 * $1.1 } }

  private func play(_ threshold: Float, _ generator: inout RandomGenerator) -> RestartEpisode {
    var start: Float = 0
    return world.play(&generator) { observation, step in
      let value = value(observation)
      if step == 0 { start = value }
      return threshold > 0 && step > 0 && RestartChance.value(start: start, current: value) > threshold
    }
  }

  /// Moves values towards the discounted end of the episode.
  private mutating func learn(_ episode: RestartEpisode) {
    var target: Float = episode.hasWon ? 1 : episode.isTruncated ? value(episode.observations[episode.steps]) : 0
    for step in (0..<episode.steps).reversed() {
      if step < episode.steps - 1 || episode.isTruncated { target *= Self.discount }
      let observation = episode.observations[step]
      let square = observation.reduce(0) { $0 + $1 * $1 }
      let error = target - value(observation)
      for index in weights.indices { weights[index] += Self.rate * error * observation[index] / max(1, square) }
    }
  }

  /// Plays with plans of the scheduler, and returns what the later half of them cost.
  private mutating func run(_ thresholds: [Float]) -> Sum {
    var scheduler = RestartScheduler(keys: 1, weight: 0.1, repeats: Self.repeats, thresholds: thresholds)
    var sum = Sum()
    for plan in 0..<Self.plans {
      for entry in scheduler.plan(budget: Self.budget, generator: &generator) {
        var group = GroupOutcome(key: entry.key, cutAbove: entry.cutAbove)
        for _ in 0..<entry.repeats {
          let episode = play(entry.cutAbove, &generator)
          group.add(succeeded: episode.hasWon, length: episode.steps)
          learn(episode)
          guard plan >= Self.plans - Self.measuredPlans else { continue }
          sum.add(episode, isCut: entry.cutAbove > 0 && episode.isTruncated)
        }
        scheduler.note(group)
      }
    }
    return sum
  }

  static func measure(_ name: String, _ world: any RestartWorld, seed: UInt64) -> [String: Double] {
    var (plain, cutting) = (RestartStudy(world, seed: seed), RestartStudy(world, seed: seed))
    let (without, with) = (plain.run([0]), cutting.run(thresholds))
    return [
      "steps for a win, \(name), never cut": without.stepsForWin,
      "steps for a win, \(name)": with.stepsForWin,
      "saved, \(name)": 1 - with.stepsForWin / without.stepsForWin,
      "success, \(name), never cut": Double(without.wins) / Double(without.episodes),
      "truncated, \(name)": Double(with.cut) / Double(with.episodes),
    ]
  }
}

extension Study {
  static let restart = Study(
    "restart", "episodes that promise less than a new start are cut: steps for a win (row 59)", seeds: 20,
    requirements: [
      StudyRequirement(
        "59", "CaptionGrid: share of the steps for a win that cutting saves", "saved, grid", .atLeast(0.2)),
      StudyRequirement(
        StudyRequirement.control, "a doom that observations show: share of the steps for a win that is saved",
        "saved, visible", .atLeast(0.2)),
      StudyRequirement(
        StudyRequirement.control, "a doom that they do not show: nothing is saved", "saved, hidden", .atMost(0.05)),
      StudyRequirement(
        StudyRequirement.control, "a doom that they do not show: comparing costs little", "saved, hidden",
        .atLeast(-0.2)),
    ]
  ) { seed in
    var generator = RandomGenerator(seed: seed)
    let grid = GridWorld(&generator)
    let worlds: [(String, any RestartWorld)] = [
      ("grid", grid), ("visible", ForkWorld(isVisible: true)), ("hidden", ForkWorld(isVisible: false)),
    ]
    return worlds.reduce(into: [:]) { results, world in
      results.merge(RestartStudy.measure(world.0, world.1, seed: seed)) { $1 }
    }
  }
}
