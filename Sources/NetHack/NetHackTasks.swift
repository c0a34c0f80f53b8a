import Environments

/// The NetHack tasks a run can name: NLE 1.3.0's eight, and the four of ONI's paper.
public enum NetHackTasks {
  /// ONI's reward for reaching a goal.
  private static let oniSuccess = NetHackRewardRule.success(50)

  public static let all: [NetHackTask] = [
    NetHackTask("NetHackScore", "gain in-game score", reward: .score),
    NetHackTask("NetHackStaircase", "stand on a staircase down", reward: .success(1), success: .onStairsDown),
    NetHackTask(
      "NetHackStaircasePet", "stand on a staircase down beside the pet", reward: .success(1),
      success: .onStairsDownWithPet),
    NetHackTask("NetHackOracle", "stand beside the Oracle", reward: .success(1), success: .besideOracle),
    NetHackTask("NetHackGold", "collect gold", reward: .gold, pickupTypes: "$"),
    NetHackTask("NetHackEat", "eat", reward: .eating),
    NetHackTask("NetHackScout", "see as much of the dungeon as possible", reward: .exploration),
    NetHackTask(
      "NetHackChallenge", "gain score with the whole keyboard and a random character",
      actions: NetHackAction.keyboard, prompts: .kept, reward: .score, frozenPenalty: 0,
      maximumEpisodeSteps: 1_000_000, stallLimit: 10_000, character: "@"),
    NetHackTask(
      "NetHackScoreExtended", "gain in-game score (ONI's actions)",
      actions: NetHackAction.extended, prompts: .assisted, reward: .score),
    NetHackTask(
      "NetHackOracleExtended", "stand beside the Oracle (ONI's actions)",
      actions: NetHackAction.extended, prompts: .assisted, reward: oniSuccess, frozenPenalty: 0,
      success: .besideOracle),
    NetHackTask(
      "NetHackStaircaseLvl3Extended", "take the stairs down to level 3 (ONI's actions)",
      actions: NetHackAction.extended, prompts: .assisted, reward: oniSuccess, frozenPenalty: 0,
      success: .descended(depth: 3)),
    NetHackTask(
      "NetHackStaircaseLvl4Extended", "take the stairs down to level 4 (ONI's actions)",
      actions: NetHackAction.extended, prompts: .assisted, reward: oniSuccess, frozenPenalty: 0,
      success: .descended(depth: 4)),
  ]

  /// The tasks as entries of an `EnvironmentRegistry`.
  public static let entries: [EnvironmentEntry] = all.map { task in
    EnvironmentEntry(
      name: task.name, summary: task.summary, screenKeys: NetHackEnvironment.screenKeys,
      specification: { try NetHackEnvironment.specification(of: task, options: $0) },
      make: { try NetHackEnvironment(task: task, options: $0) })
  }

  /// The task called `name`.
  /// - Throws: `EnvironmentError` if there is none.
  static func task(named name: String) throws -> NetHackTask {
    guard let task = all.first(where: { $0.name == name }) else {
      throw EnvironmentError("\"\(name)\" is not a NetHack task")
    }
    return task
  }
}
