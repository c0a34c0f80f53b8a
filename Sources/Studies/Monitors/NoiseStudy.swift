import Environments
import Runtime

/// Row 47 (arXiv 2505.22653): a policy learns from rewards that are wrong for whole groups, and patterns of good answers mend what
/// the errors cost (reasoning pattern reward).
///
/// A flip is drawn once for each task, so that all its episodes are rewarded wrongly together. The pattern reward: an episode
/// whose reward is 0 is paid half the share of the six captions of progress that it has met.
struct NoiseStudy {
  private static let batches = 80
  private static let testTasks = 300

  private let game = GameTasks()
  private let start: LinearScores
  private var generator: RandomGenerator

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    start = GameStart.policy(game, &generator)
  }

  mutating func measure() -> [String: Double] {
    let test = game.tasks(Self.testTasks, &generator)
    let seeds = (training: generator.next(), test: generator.next())
    func success(_ policy: LinearScores) -> Double {
      var generator = RandomGenerator(seed: seeds.test)
      return game.success(test, &generator) { policy.logProbabilities($0) }
    }
    var results = ["start": success(start)]
    for percent in [0, 10, 20, 30, 40, 50] {
      results["flips \(percent)"] = success(train(Float(percent) / 100, seed: seeds.training))
    }
    results["flips 40, patterns"] = success(train(0.4, patterns: true, seed: seeds.training))
    return results
  }

  private func train(_ flipRate: Float, patterns: Bool = false, seed: UInt64) -> LinearScores {
    var generator = RandomGenerator(seed: seed)
    var gradient = GameStart.gradient
    gradient.batches = Self.batches
    var policy = start
    for _ in 0..<gradient.batches {
      var batch = gradient.batch(game, policy, &generator)
      for group in batch.groups.indices {
        let isFlipped = generator.uniform() < flipRate
        if isFlipped { batch.rewards[group] = batch.rewards[group].map { 1 - $0 } }
        guard patterns else { continue }
        for (index, episode) in batch.groups[group].episodes.enumerated() where batch.rewards[group][index] == 0 {
          batch.rewards[group][index] = Self.pattern(episode)
        }
      }
      gradient.update(&policy, batch)
    }
    return policy
  }

  /// Half the share of the captions of progress that occur.
  static func pattern(_ episode: GameEpisode) -> Float {
    let all = CaptionGridCaption.allCases.filter(\.isProgress).count
    return 0.5 * Float(Set(episode.steps.map(\.caption).filter(\.isProgress)).count) / Float(all)
  }
}

extension Study {
  static let noise = Study(
    "noise", "rewards that are wrong for whole groups, and patterns that mend them (row 47)", seeds: 20,
    requirements: [
      StudyRequirement("47", "success with 30% flips: above nine tenths of that without", .atLeast(0)) {
        ($0["flips 30"] ?? .nan) - 0.9 * ($0["flips 0"] ?? .nan)
      },
      StudyRequirement(
        "47", "with 40% flips: patterns raise success", "flips 40, patterns", minus: "flips 40", .atLeast(0.05)),
      StudyRequirement(
        StudyRequirement.control, "without flips the policy learns", "flips 0", minus: "start", .atLeast(0.1)),
      StudyRequirement(
        StudyRequirement.control, "half of the rewards flipped: what is learned is lost", "flips 0", minus: "flips 50",
        .atLeast(0.1)),
      StudyRequirement(
        StudyRequirement.control, "half of the rewards flipped teach nothing", "flips 50", minus: "start", .atMost(0.05)
      ),
    ]
  ) { seed in
    var study = NoiseStudy(seed: seed)
    return study.measure()
  }
}
