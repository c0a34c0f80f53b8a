/// What a run configuration says of its environment. Fields that a task does not use are ignored by it.
public struct EnvironmentOptions: Sendable, Hashable {
  /// The task's name in `EnvironmentRegistry`.
  public var task: String
  /// Steps after which an episode is truncated; nil for the task's own limit.
  public var maximumEpisodeSteps: Int?
  /// NetHack: role-race-gender-alignment such as "mon-hum-neu-mal", or "@" for a random one.
  public var character: String
  /// NetHack: the folder that holds libnethack.so and nhdat.
  public var netHackDirectory: String
  /// NetHack: the observation keys to produce; nil for those the policy network reads. CaptionGrid: "caption" adds
  /// the caption as a text field.
  public var observationKeys: [String]?
  /// CaptionGrid: number of distinct maps (an episode's map is its seed mod `layouts`); 0 for one map a seed.
  public var layouts: Int
  /// CaptionGrid: ways in which each caption is worded, 0 for one.
  public var wordings: Int
  /// NetHack: look at every state for `Environment.facts`, which training has no use for.
  public var recordsFacts = false

  public init(
    task: String, maximumEpisodeSteps: Int? = nil, character: String = "mon-hum-neu-mal",
    netHackDirectory: String = ".deps/nethack", observationKeys: [String]? = nil, layouts: Int = 0,
    wordings: Int = 0
  ) {
    self.task = task
    self.maximumEpisodeSteps = maximumEpisodeSteps
    self.character = character
    self.netHackDirectory = netHackDirectory
    self.observationKeys = observationKeys
    self.layouts = layouts
    self.wordings = wordings
  }
}
