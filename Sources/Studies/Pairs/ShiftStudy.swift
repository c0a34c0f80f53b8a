import Environments
import Runtime

/// Row 66: does an implicit reward generalise worse than an explicit one from the same pairs (arXiv 2409.03650)? Both learn from
/// tasks whose stairs lie in the southern half of the map, and order pairs of five other kinds of episodes.
struct ShiftStudy {
  private static let updates = 3000
  /// Step sizes at which both order about as many pairs of the kind that they learned from.
  private static let rate: Float = 1
  private static let testTasks = 120
  /// Share of the shifted pairs that the planted fault turns around.
  private static let fault: Float = 0.15

  /// What changes between training and test.
  enum Shift: String, CaseIterable {
    /// Nothing.
    case none
    /// A better policy plays.
    case policy
    /// The win is further away.
    case distance
    /// A trap lies next to the hero at the beginning.
    case traps
    /// Chance replaces a fifth of the actions.
    case slips
    /// The stairs lie in the northern half.
    case side
  }

  private let start: LinearScores
  private let better: LinearScores
  private var generator: RandomGenerator

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    let game = GameTasks()
    start = GameStart.policy(game, &generator)
    better = LinearScores.imitation(of: game.tasks(40, &generator), epochs: 8, rate: 0.1, &generator)
  }

  mutating func measure() -> [String: Double] {
    let training = groups(.none, GameStart.trainingTasks)
    let pairs = training.flatMap(\.pairs)
    func learned(_ form: StepScores.Form, seed: UInt64) -> StepScores.Model {
      var own = RandomGenerator(seed: seed)
      var model = StepScores.Model(form)
      model.learn(pairs, updates: Self.updates, rate: Self.rate, &own)
      return model
    }
    let explicit = learned(.explicit, seed: generator.next())
    let again = learned(.explicit, seed: generator.next())
    let implicit = learned(.implicit(reference: start), seed: generator.next())
    var results: [String: Double] = [:]
    var shifted: [String: [Double]] = [:]
    for shift in Shift.allCases {
      let groups = groups(shift, Self.testTasks)
      let faulty = faulty(groups)
      let accuracies = [
        "explicit": StepScores.accuracy(groups, explicit.mean), "implicit": StepScores.accuracy(groups, implicit.mean),
        "again": StepScores.accuracy(groups, again.mean), "faulty": StepScores.accuracy(faulty, explicit.mean),
      ]
      for (name, value) in accuracies {
        results["\(name), \(shift)"] = value ?? .nan
        // A kind in which nobody wins has no pairs.
        if shift != .none, let value { shifted[name, default: []].append(value) }
      }
    }
    for (name, values) in shifted {
      results["\(name), shifted"] = values.reduce(0, +) / Double(values.count)
    }
    return results
  }

  /// Groups of which some episodes claim the opposite end.
  private mutating func faulty(_ groups: [GameGroup]) -> [GameGroup] {
    groups.map { group in
      let isTurned = generator.uniform() < Self.fault
      return GameGroup(
        task: group.task, episodes: group.episodes.map { GameEpisode(steps: $0.steps, hasWon: $0.hasWon != isTurned) })
    }
  }

  private mutating func groups(_ shift: Shift, _ count: Int) -> [GameGroup] {
    var game = GameTasks()
    if shift == .distance { (game.farthest, game.horizon) = (18, 40) }
    if shift == .slips { game.slip = 0.2 }
    let tasks = game.tasks(count, &generator) { task in
      let isSouth = task.map.stairs / CaptionGridMap.side > CaptionGridMap.side / 2
      guard isSouth == (shift != .side) else { return false }
      if shift == .traps { return Self.isNextToTrap(task) }
      return shift != .distance || (task.stepsToWin ?? 0) > 12
    }
    let player = shift == .policy ? better : start
    return game.groups(tasks, repeats: GameStart.repeats, &generator) { player.logProbabilities($0) }
  }

  private static func isNextToTrap(_ task: CaptionGridState) -> Bool {
    // Inside the map: the hero is never on its border.
    [-CaptionGridMap.side, CaptionGridMap.side, -1, 1].contains { task.map.tiles[task.hero + $0].isTrap }
  }
}

extension Study {
  static let shift = Study(
    "shift", "implicit and explicit rewards from the same pairs, under five shifts (row 66)", seeds: 20,
    requirements: [
      StudyRequirement(
        "66", "accuracy under shift: the explicit reward's exceeds the implicit one's by 3 points, as the paper says",
        "explicit, shifted", minus: "implicit, shifted", .atLeast(0.03)),
      StudyRequirement(
        "66", "the implicit reward may be used: at most 3 points below the explicit one under shift",
        "explicit, shifted", minus: "implicit, shifted", .atMost(0.03)),
      StudyRequirement(
        "66", "without a shift they are within 3 points", .atLeast(-0.03)
      ) { -abs(($0["explicit, none"] ?? .nan) - ($0["implicit, none"] ?? .nan)) },
      StudyRequirement(
        StudyRequirement.control, "a fault in a seventh of the shifted groups is seen", "explicit, shifted",
        minus: "faulty, shifted", .atLeast(0.03)),
      StudyRequirement(
        StudyRequirement.control, "the same reward learned in another order is within 3 points", .atLeast(-0.03)
      ) { -abs(($0["explicit, shifted"] ?? .nan) - ($0["again, shifted"] ?? .nan)) },
    ]
  ) { seed in
    var study = ShiftStudy(seed: seed)
    return study.measure()
  }
}
