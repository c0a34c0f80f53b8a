/// What a user may say about a launch. What is nil follows the configuration or the default that the option states.
public struct LaunchOptions: Sendable {
  /// A file, or a name in cluster/configs.
  public var configuration: String?
  public var name: String?
  /// Worker processes; nil for one, or as many as the run had that is resumed.
  public var workers: Int?
  /// Learner processes that share every update; nil for one, or as many as the run had that is resumed.
  public var learners: Int?
  /// `annotator.kind` of the configuration.
  public var annotator: String?
  public var languageModel = LanguageModelChoice()
  /// A GGUF file to serve on this machine.
  public var servedModel: String?
  /// A hosts file: the machines on which workers and annotators are started over ssh.
  public var hosts: String?
  /// Environment steps after which the run ends.
  public var steps: Int?
  /// "auto", "best", "fresh", "never" or a checkpoint's path.
  public var resume: String?
  /// The learner's secret key.
  public var key: String?
  /// Public keys that may attach: a file or a folder.
  public var allow: String?
  /// section.field=value.
  public var overrides: [String] = []
  /// Port of the web page; 0 for a free one, nil for no page.
  public var dashboardPort: Int?
  /// Whether the run is an arm of an experiment: the overrides that all arms share may have no effect in it.
  public var isArm = false
  /// Whether the launcher has no terminal: its lines go to launch.log, and the learner's go to learner.log alone.
  public var isDetached = false
  /// Whether the run starts although no language-model server can be used yet.
  public var awaitsLanguageModel = false

  public init() {}
}

/// The language model that an annotator asks, as the command line names it. What is nil or empty follows the run's
/// configuration.
public struct LanguageModelChoice: Sendable, Equatable, Codable {
  /// Addresses of servers that speak OpenAI's protocol.
  public var urls: [String] = []
  /// A model's file, which the annotator evaluates itself instead of asking servers.
  public var file: String?
  public var model: String?
  /// A file with the key that the servers ask for.
  public var keyFile: String?
  /// The prompt's name or file.
  public var prompt: String?

  public init() {}

  public var isEmpty: Bool { self == LanguageModelChoice() }

  /// The options of `tengu annotator`.
  var arguments: [String] {
    urls.flatMap { ["--llm-url", $0] } + option("--llm-file", file) + option("--llm-model", model)
      + option("--llm-key-file", keyFile) + option("--llm-prompt", prompt)
  }
}

/// An option and its value, or nothing if there is no value.
func option(_ name: String, _ value: String?) -> [String] { value.map { [name, $0] } ?? [] }
