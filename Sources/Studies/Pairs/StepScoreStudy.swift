import Runtime

/// Row 36, OPRL: implicit process rewards from pairs of won and lost episodes that began alike, learned in turns with the
/// policy, and added to the episode's advantage.
struct StepScoreStudy {
  private static let pairUpdates = 3000
  private static let pairRate: Float = 1
  private static let heldOutTasks = 150
  /// Updates of the scores by the pairs of a batch with their step size, and the weight of the scores in the advantage.
  private static let updatesOfBatch = 100
  private static let rateOfBatch: Float = 0.3
  private static let stepWeight: Float = 0.2

  private let game = GameTasks()
  private let start: LinearScores
  private var generator: RandomGenerator

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    start = GameStart.policy(game, &generator)
  }

  mutating func measure() -> [String: Double] {
    var results = ordering()
    let test = game.tasks(Self.heldOutTasks, &generator)
    let seeds = (training: generator.next(), test: generator.next())
    for arm in Arm.allCases {
      let policy = train(arm, seed: seeds.training)
      var generator = RandomGenerator(seed: seeds.test)
      results["success \(arm)"] = game.success(test + test, &generator) { policy.logProbabilities($0) }
    }
    return results
  }

  // MARK: Who wins by the scores

  /// How well scores that were learned from some tasks order the pairs of others.
  private mutating func ordering() -> [String: Double] {
    let training = groups(GameStart.trainingTasks)
    let heldOut = groups(Self.heldOutTasks)
    var model = StepScores.Model(.implicit(reference: start))
    let before = heldOut.flatMap { $0.episodes.flatMap(model.scores) }.map(abs).max() ?? .nan
    model.learn(training.flatMap(\.pairs), updates: Self.pairUpdates, rate: Self.pairRate, &generator)
    var coin = StepScores.Model(.implicit(reference: start))
    let coins = StepScores.withoutEffect(training, &generator).flatMap(\.pairs)
    coin.learn(coins, updates: Self.pairUpdates, rate: Self.pairRate, &generator)
    let coinsHeldOut = StepScores.withoutEffect(heldOut, &generator)
    return [
      "largest score before": Double(before),
      "start": Double(training.reduce(0) { $0 + $1.wins }) / Double(training.count * GameStart.repeats),
      "ordered": StepScores.accuracy(heldOut, model.mean) ?? .nan,
      "ordered, coins": StepScores.accuracy(coinsHeldOut, coin.mean) ?? .nan,
      "ordered by judge": StepScores.accuracy(heldOut) { Logistic.mean($0.steps.map(StepScores.judge)) } ?? .nan,
    ]
  }

  private mutating func groups(_ count: Int) -> [GameGroup] {
    game.groups(game.tasks(count, &generator), repeats: GameStart.repeats, &generator) { start.logProbabilities($0) }
  }

  // MARK: Training with them

  /// What is added to the advantage of winning.
  enum Arm: String, CaseIterable {
    case outcome, implicit, judge, coin
  }

  /// A policy after some batches; all arms begin alike and draw the same tasks in the first batch.
  private func train(_ arm: Arm, seed: UInt64) -> LinearScores {
    var generator = RandomGenerator(seed: seed)
    var gradient = GameStart.gradient
    gradient.stepWeight = arm == .outcome ? 0 : Self.stepWeight
    var policy = start
    var model = StepScores.Model(.implicit(reference: nil), start: start)
    for _ in 0..<gradient.batches {
      var batch = gradient.batch(game, policy, &generator)
      switch arm {
      case .outcome: break
      case .judge: batch.scores = batch.groups.map { $0.episodes.map { $0.steps.map(StepScores.judge) } }
      case .coin: batch.scores = batch.groups.map { $0.episodes.map { $0.steps.map { _ in generator.uniform() } } }
      case .implicit:
        // The scores come first and learn afterwards. The reference is the policy that played.
        batch.scores = batch.groups.map { $0.episodes.map(model.scores) }
        model.learn(
          batch.groups.flatMap(\.pairs), updates: Self.updatesOfBatch, rate: Self.rateOfBatch, &generator)
      }
      gradient.update(&policy, batch)
    }
    return policy
  }
}

/// The start that the studies of games share: a policy that has imitated a few episodes and wins about a third of the tasks.
enum GameStart {
  static let trainingTasks = 120
  static let repeats = 8
  static let demonstrations = 8

  static func policy(_ game: GameTasks, _ generator: inout RandomGenerator) -> LinearScores {
    LinearScores.imitation(of: game.tasks(demonstrations, &generator), epochs: 4, rate: 0.1, &generator)
  }

  static var gradient: GroupGradient { GroupGradient() }
}

extension Study {
  static let stepScores = Study(
    "implicit", "implicit process rewards from won and lost episodes of the same task (row 36)", seeds: 60,
    requirements: [
      StudyRequirement(
        "36", "scores before learning: the largest is 0", "largest score before", .atMost(0)),
      StudyRequirement("36", "held-out pairs whose won episode has the larger score", "ordered", .atLeast(0.9)),
      StudyRequirement(
        "36", "success after 20 batches above that of outcomes alone", "success implicit", minus: "success outcome",
        .atLeast(0)),
      StudyRequirement(
        "36", "distance from the seeds' mean success: smaller than that of outcomes alone", .atLeast(0)
      ) { (measures: [[String: Double]]) -> [Double] in
        func distances(_ name: String) -> [Double] {
          let values = measures.map { $0[name] ?? .nan }
          let mean = values.reduce(0, +) / Double(values.count)
          return values.map { abs($0 - mean) }
        }
        return zip(distances("success outcome"), distances("success implicit")).map { $0 - $1 }
      },
      StudyRequirement(
        StudyRequirement.control, "a perfect judge orders the pairs", "ordered by judge", .atLeast(0.9)),
      StudyRequirement(
        StudyRequirement.control, "pairs whose winner a coin has drawn are not ordered", "ordered, coins", .atMost(0.55)
      ),
      StudyRequirement(
        StudyRequirement.control, "a perfect judge's scores raise success", "success judge", minus: "success outcome",
        .atLeast(0.05)),
      StudyRequirement(
        StudyRequirement.control, "a coin's scores do not", "success coin", minus: "success outcome", .atMost(0.02)),
    ]
  ) { seed in
    var study = StepScoreStudy(seed: seed)
    return study.measure()
  }
}
