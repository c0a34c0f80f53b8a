/// `[environment]`: what is played.
public struct EnvironmentSection: Sendable, Hashable {
  /// The task's name in the environment registry.
  public var task = "NetHackScoreExtended"
  /// Steps after which an episode is truncated; 0 = the task's own limit.
  public var maximumEpisodeSteps = 0
  /// NetHack: role-race-gender-alignment, or "@".
  public var character = "mon-hum-neu-mal"
  /// CaptionGrid: the number of distinct maps; 0 = unlimited.
  public var layouts = 0
  /// CaptionGrid: ways in which each caption is worded; 0 = one.
  public var wordings = 0

  public init() {}
}
