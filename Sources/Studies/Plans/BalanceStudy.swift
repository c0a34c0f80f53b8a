import Environments
import Runtime

/// Row 22 (B-STaR, Zeng et al. 2024), with both of its knobs: the temperature at which episodes are played, and the threshold
/// above which an episode is learned from. A policy improves itself by imitating its accepted episodes; before each round both
/// knobs are set to what has the best balance score on some tasks:
///
///     mean over tasks of min(n / n*, 1) n / N     (n = different wins among the N accepted episodes; 0 if N = 0)
///
/// The score of an episode is 1 for a win, plus the share of its steps that a judge calls good, less 1. The judge is right
/// nine times in ten.
struct BalanceStudy {
  struct Setting: Hashable {
    var temperature: Float
    var threshold: Float
  }

  static let settings: [Setting] = [0.5, 1, 1.5].flatMap { temperature in
    [-1, 0, 0.5].map { Setting(temperature: temperature, threshold: $0) }
  }
  private static let rounds = 6
  private static let tasks = 32
  private static let samples = 16
  /// n*, and episodes of a task that are imitated at most.
  private static let wins = 6
  private static let rate: Float = 0.05
  private static let testTasks = 300
  private static let judgeErrors: Float = 0.1

  private let game = GameTasks()
  private let start: LinearScores
  private let seeds: (training: UInt64, test: UInt64)

  init(seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    start = GameStart.policy(game, &generator)
    seeds = (generator.next(), generator.next())
  }

  // MARK: Episodes

  /// An episode with its score.
  struct Scored {
    let episode: GameEpisode
    let score: Float
  }

  private func play(
    _ policy: LinearScores, _ temperature: Float, tasks: Int, _ generator: inout RandomGenerator
  ) -> [[Scored]] {
    let groups = game.groups(game.tasks(tasks, &generator), repeats: Self.samples, &generator) {
      Logistic.logSoftmax(policy.values($0).map { $0 / temperature })
    }
    return groups.map { group in
      group.episodes.map { episode in
        let good = episode.steps.count { $0.isGood != (generator.uniform() < Self.judgeErrors) }
        let share = Float(good) / Float(max(1, episode.steps.count))
        return Scored(episode: episode, score: (episode.hasWon ? 1 : 0) + share - 1)
      }
    }
  }

  /// The balance score of a task's episodes.
  static func balance(_ episodes: [Scored], threshold: Float) -> Double {
    let accepted = episodes.filter { $0.score > threshold }
    guard !accepted.isEmpty else { return 0 }
    let different = Set(accepted.filter(\.episode.hasWon).map { $0.episode.steps.map(\.action) }).count
    let n = Double(different)
    return min(n / Double(wins), 1) * n / Double(accepted.count)
  }

  /// The setting with the best balance score; the same tasks for all.
  static func best(
    _ settings: [Setting] = settings, _ episodes: (Float) -> [[Scored]]
  ) -> Setting {
    var best = (setting: settings[0], score: -1.0)
    var played: [Float: [[Scored]]] = [:]
    for setting in settings {
      let groups = played[setting.temperature] ?? episodes(setting.temperature)
      played[setting.temperature] = groups
      let score = groups.reduce(0) { $0 + balance($1, threshold: setting.threshold) } / Double(groups.count)
      if score > best.score { best = (setting, score) }
    }
    return best.setting
  }

  private func choose(_ policy: LinearScores, seed: UInt64) -> Setting {
    Self.best { temperature in
      var generator = RandomGenerator(seed: seed)
      return play(policy, temperature, tasks: Self.tasks / 2, &generator)
    }
  }

  // MARK: Training

  /// Imitates accepted episodes of one round.
  private func improve(_ policy: inout LinearScores, _ setting: Setting, _ generator: inout RandomGenerator) {
    let accepted = play(policy, setting.temperature, tasks: Self.tasks, &generator).flatMap { group in
      group.filter { $0.score > setting.threshold }.prefix(Self.wins)
    }
    for _ in 0..<accepted.count {
      for step in accepted[generator.below(accepted.count)].episode.steps {
        policy.raiseLogProbability(step.features, step.action, by: Self.rate)
      }
    }
  }

  /// Trains with a fixed setting, or with the best one before each round.
  private func train(_ fixed: Setting?) -> (policy: LinearScores, chosen: [Setting]) {
    var policy = start
    var chosen: [Setting] = []
    var generator = RandomGenerator(seed: seeds.training)
    for round in 0..<UInt64(Self.rounds) {
      let setting = fixed ?? choose(policy, seed: seeds.training &+ 1 + round)
      chosen.append(setting)
      improve(&policy, setting, &generator)
    }
    return (policy, chosen)
  }

  private func success(_ policy: LinearScores) -> Double {
    var generator = RandomGenerator(seed: seeds.test)
    let test = game.tasks(Self.testTasks, &generator)
    return game.success(test, &generator) { policy.logProbabilities($0) }
  }

  func measure() -> [String: Double] {
    var results = ["start": success(start)]
    for setting in Self.settings {
      results["fixed \(setting.temperature) \(setting.threshold)"] = success(train(setting).policy)
    }
    let balanced = train(nil)
    results["balanced"] = success(balanced.policy)
    results["threshold, last"] = Double(balanced.chosen.last?.threshold ?? 0)
    results["temperature, last"] = Double(balanced.chosen.last?.temperature ?? 0)
    // A planted collapse and its opposite: the same policy with logits 8 times as large, and a quarter as large.
    for (name, factor) in [("collapsed", Float(7)), ("flat", -0.75)] {
      var changed = start
      changed.add(start, factor)
      results["temperature, \(name)"] = Double(choose(changed, seed: seeds.training).temperature)
    }
    return results
  }

  /// The fixed setting that is best in the mean of all seeds but one, in that one.
  static func fixedBest(_ measures: [[String: Double]], without index: Int) -> Double {
    let names = settings.map { "fixed \($0.temperature) \($0.threshold)" }
    let others = measures.indices.filter { $0 != index || measures.count == 1 }
    let best = names.max { a, b in
      others.reduce(0) { $0 + (measures[$1][a] ?? .nan) } < others.reduce(0) { $0 + (measures[$1][b] ?? .nan) }
    }
    return best.flatMap { measures[index][$0] } ?? .nan
  }
}

extension Study {
  static let balance = Study(
    "balance", "temperature and threshold of self-improvement by the balance score (row 22)", seeds: 20,
    requirements: [
      StudyRequirement(
        "22", "success: at most .02 below the fixed setting that is best on the other seeds", .atLeast(-0.02)
      ) { measures in
        measures.indices.map { index in
          (measures[index]["balanced"] ?? .nan) - BalanceStudy.fixedBest(measures, without: index)
        }
      },
      StudyRequirement(
        "22", "success: above the mean of the fixed settings", .atLeast(0.05)
      ) { measures in
        let fixed = BalanceStudy.settings.map { measures["fixed \($0.temperature) \($0.threshold)"] ?? .nan }
        return (measures["balanced"] ?? .nan) - fixed.reduce(0, +) / Double(fixed.count)
      },
      StudyRequirement("22", "self-improvement: success above the start's", "balanced", minus: "start", .atLeast(0.05)),
      StudyRequirement(
        StudyRequirement.control, "after a planted collapse the temperature is higher than after a planted spread",
        "temperature, collapsed", minus: "temperature, flat", .atLeast(0.4)),
      StudyRequirement(
        StudyRequirement.control, "learning from everything, whatever its score, is worse than the best fixed setting",
        .atLeast(0.02)
      ) { measures in
        measures.indices.map { index in
          BalanceStudy.fixedBest(measures, without: index) - (measures[index]["fixed 1.0 -1.0"] ?? .nan)
        }
      },
    ]
  ) { seed in BalanceStudy(seed: seed).measure() }
}
