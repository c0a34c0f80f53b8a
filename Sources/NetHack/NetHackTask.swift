import Environments

/// A task as data: the actions of the agent, the reward and the conditions that end an episode.
public struct NetHackTask: Sendable, Hashable {
  /// The environment's name in NLE or ONI.
  public let name: String
  /// One line for users.
  public let summary: String
  /// The key of each action.
  public let actions: [UInt8]
  public let prompts: NetHackPrompts
  public let reward: NetHackRewardRule
  /// Added on a step in which the game's clock did not advance.
  public let frozenPenalty: Double
  public let success: NetHackSuccessRule
  /// Steps after which an episode is truncated.
  public let maximumEpisodeSteps: Int
  /// Number of looks at an unchanged clock (two per step) after which an episode is truncated; nil for no such limit.
  public let stallLimit: Int?
  /// Classes of things that the hero picks up by walking over them.
  public let pickupTypes: String
  /// The task's character; nil if the run chooses it.
  public let character: String?
  /// The level in which the game begins; nil for the dungeon.
  public let level: NetHackLevel?
  /// What the task pays in addition to its reward, once in an episode.
  public let events: [NetHackEvent]

  init(
    _ name: String, _ summary: String, actions: [UInt8] = NetHackAction.task, prompts: NetHackPrompts = .skipped,
    reward: NetHackRewardRule, frozenPenalty: Double = -0.01, success: NetHackSuccessRule = .never,
    maximumEpisodeSteps: Int = 5000, stallLimit: Int? = nil, pickupTypes: String = "$?!/", character: String? = nil,
    level: NetHackLevel? = nil, events: [NetHackEvent] = []
  ) {
    self.name = name
    self.summary = summary
    self.actions = actions
    self.prompts = prompts
    self.reward = reward
    self.frozenPenalty = frozenPenalty
    self.success = success
    self.maximumEpisodeSteps = maximumEpisodeSteps
    self.stallLimit = stallLimit
    self.pickupTypes = pickupTypes
    self.character = character
    self.level = level
    self.events = events
  }

  /// The arrays that the task's rules read in addition to those that every game produces.
  var neededObservations: [NetHackObservation] {
    (reward == .exploration || success.needsGlyphs ? [.glyphs] : []) + prompts.neededObservations
  }
}

/// The NetHack tasks that a run can name: NLE 1.3.0's eight, the four of ONI's paper, and MiniHack's.
public enum NetHackTasks {
  /// ONI's reward for reaching a goal.
  private static let oniSuccess = NetHackRewardRule.success(50)

  /// The tasks of the whole dungeon.
  public static let all: [NetHackTask] = [
    NetHackTask("NetHackScore", "gain in-game score", reward: .score),
    NetHackTask("NetHackStaircase", "stand on a staircase down", reward: .success(1), success: .onStairsDown),
    NetHackTask(
      "NetHackStaircasePet", "stand on a staircase down next to the pet", reward: .success(1),
      success: .onStairsDownWithPet),
    NetHackTask("NetHackOracle", "stand next to the Oracle", reward: .success(1), success: .nextToOracle),
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
      "NetHackOracleExtended", "stand next to the Oracle (ONI's actions)",
      actions: NetHackAction.extended, prompts: .assisted, reward: oniSuccess, frozenPenalty: 0,
      success: .nextToOracle),
    NetHackTask(
      "NetHackStaircaseLvl3Extended", "take the stairs down to level 3 (ONI's actions)",
      actions: NetHackAction.extended, prompts: .assisted, reward: oniSuccess, frozenPenalty: 0,
      success: .descended(depth: 3)),
    NetHackTask(
      "NetHackStaircaseLvl4Extended", "take the stairs down to level 4 (ONI's actions)",
      actions: NetHackAction.extended, prompts: .assisted, reward: oniSuccess, frozenPenalty: 0,
      success: .descended(depth: 4)),
  ]
}
