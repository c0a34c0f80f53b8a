/// A task as data: what an agent can do, what it is paid for, and when it is done.
public struct NetHackTask: Sendable, Hashable {
  /// The environment's name, as NLE and ONI have it.
  public let name: String
  /// One line for people.
  public let summary: String
  /// The key of each action.
  public let actions: [UInt8]
  public let prompts: NetHackPrompts
  public let reward: NetHackRewardRule
  /// Added on a step in which the game's clock stood still.
  public let frozenPenalty: Double
  public let success: NetHackSuccessRule
  /// Steps after which an episode is truncated.
  public let maximumEpisodeSteps: Int
  /// Looks at a still clock (two a step) after which an episode is truncated; nil for no such limit.
  public let stallLimit: Int?
  /// Classes of things picked up by walking over them.
  public let pickupTypes: String
  /// The character the task prescribes; nil where the run chooses.
  public let character: String?

  init(
    _ name: String, _ summary: String, actions: [UInt8] = NetHackAction.task, prompts: NetHackPrompts = .skipped,
    reward: NetHackRewardRule, frozenPenalty: Double = -0.01, success: NetHackSuccessRule = .never,
    maximumEpisodeSteps: Int = 5000, stallLimit: Int? = nil, pickupTypes: String = "$?!/", character: String? = nil
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
  }

  /// The arrays the task's own rules read beyond those every game produces.
  var neededObservations: [NetHackObservation] {
    reward == .exploration || success.needsGlyphs ? [.glyphs] : []
  }
}
