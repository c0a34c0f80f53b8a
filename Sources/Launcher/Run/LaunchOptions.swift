/// What a user may say about a launch. What is nil follows the configuration or the default that the option states.
public struct LaunchOptions: Sendable {
  /// A file, or a name in cluster/configs.
  public var configuration: String?
  public var name: String?
  /// Worker processes.
  public var workers = 1
  /// `annotator.kind` of the configuration.
  public var annotator: String?
  public var languageModel = LanguageModelChoice()
  /// A GGUF file to serve on this machine.
  public var servedModel: String?
  /// Environment steps after which the run ends.
  public var steps: Int?
  /// "auto", "never" or a checkpoint's path.
  public var resume: String?
  /// The learner's secret key.
  public var key: String?
  /// Public keys that may attach: a file or a folder.
  public var allow: String?
  /// section.field=value.
  public var overrides: [String] = []
  /// Whether the launcher has no terminal: its lines go to launch.log, and the learner's go to learner.log alone.
  public var isDetached = false

  public init() {}
}
