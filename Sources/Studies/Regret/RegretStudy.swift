import Runtime

/// Row 61 (Park et al. 2024): measure players by regret, and train one to have none, by its regret on random losses alone.
///
/// Players see the losses of all choices (regret against the best fixed choice), or only what the arm of a bandit paid (against
/// the best arm). Known players without regret, and known players with it, are the controls of the measure.
struct RegretStudy {
  private static let rounds = 800
  private static let games = 100
  private static let bandits = 200

  private var generator: RandomGenerator

  init(seed: UInt64) { generator = RandomGenerator(seed: seed) }

  mutating func measure() -> [String: Double] {
    var model = RegretModel()
    model.train(updates: 300, sequences: 32, rounds: 100, length: 0.2, &generator)
    var policy = BanditPolicy()
    policy.train(updates: 150, games: 32, rounds: 200, length: 1, &generator)
    let seed = generator.next()
    var results = ["own less others": model.ownLessOthers]
    let players: [(String, LossPlayer)] = [
      ("hedge", LossGames.hedge), ("leader", LossGames.leader), ("uniform", LossGames.uniform),
      ("trained", model.chances),
    ]
    for (name, player) in players {
      for opponent in LossGames.Opponent.allCases {
        var generator = RandomGenerator(seed: seed)
        let curve = LossGames.curve(player, opponent, games: Self.games, rounds: Self.rounds, &generator)
        Self.note(curve, "\(opponent.rawValue), \(name)", &results)
      }
    }
    let pullers: [(String, BanditPlayers.Player)] = [
      ("ucb", BanditPlayers.upperConfidence), ("greedy", BanditPlayers.greedy), ("uniform", BanditPlayers.uniform),
      ("trained", policy.chances),
    ]
    for (name, player) in pullers {
      var generator = RandomGenerator(seed: seed)
      let curve = BanditPlayers.curve(player, games: Self.bandits, rounds: Self.rounds, &generator)
      Self.note(curve, "bandit, \(name)", &results)
    }
    return results
  }

  private static func note(_ curve: RegretCurve, _ name: String, _ results: inout [String: Double]) {
    results["slope, \(name)"] = curve.slope
    results["regret, \(name)"] = curve.last
    results["falls, \(name)"] = curve.falls ? 1 : 0
  }
}

extension Study {
  static let regret = Study(
    "regret", "regret of players, and a player that learns from its regret on random losses (row 61)", seeds: 20,
    requirements: [
      StudyRequirement(
        "61", "trained on random losses: slope of log regret against an adversary", "slope, adversary, trained",
        .atMost(0.8)),
      StudyRequirement(
        "61", "trained on random losses: slope against losses by chance", "slope, chance, trained", .atMost(0.8)),
      StudyRequirement(
        "61", "its regret against an adversary, as a share of that of exponential weights, is at most 1.2", .atMost(1.2)
      ) { ($0["regret, adversary, trained"] ?? .nan) / ($0["regret, adversary, hedge"] ?? .nan) },
      // Chance passes the test of Mann and Kendall too often, because means over more and more rounds depend on each other.
      StudyRequirement(
        "61", "against an adversary its regret by round falls (Mann and Kendall) more often than chance's on bandits",
        "falls, adversary, trained", minus: "falls, bandit, uniform", .atLeast(0.4)),
      StudyRequirement(
        "61", "it has become a regularised leader: weight of a choice's own losses less that of the others'",
        "own less others", .atMost(-0.1)),
      StudyRequirement(
        "61", "policy gradient on bandits: slope of log regret", "slope, bandit, trained", .atMost(0.8)),
      StudyRequirement(
        "61", "policy gradient on bandits: share of the greedy player's regret", .atMost(0.8)
      ) { ($0["regret, bandit, trained"] ?? .nan) / ($0["regret, bandit, greedy"] ?? .nan) },
    ] + controls
  ) { seed in
    var study = RegretStudy(seed: seed)
    return study.measure()
  }

  private static let controls: [StudyRequirement] = [
    StudyRequirement(
      StudyRequirement.control, "exponential weights have no regret against an adversary", "slope, adversary, hedge",
      .atMost(0.8)),
    StudyRequirement(
      StudyRequirement.control, "following the leader has: slope against an adversary", "slope, adversary, leader",
      .atLeast(0.9)),
    StudyRequirement(
      StudyRequirement.control, "chance has: slope against losses by chance", "slope, chance, uniform", .atLeast(0.9)),
    StudyRequirement(StudyRequirement.control, "UCB1 has no regret on bandits", "slope, bandit, ucb", .atMost(0.8)),
    StudyRequirement(
      StudyRequirement.control, "chance has regret on bandits: slope", "slope, bandit, uniform", .atLeast(0.9)),
    StudyRequirement(
      StudyRequirement.control, "greedy, which may never try the best arm again: slope above that of UCB1",
      "slope, bandit, greedy", minus: "slope, bandit, ucb", .atLeast(0.1)),
  ]
}
