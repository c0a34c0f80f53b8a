/// The part of a run configuration that describes the environment.
public struct EnvironmentOptions: Sendable, Hashable {
  /// The task's name in the registry.
  public var task: String
  /// Steps after which an episode is truncated; nil for the task's own limit.
  public var maximumEpisodeSteps: Int?
  /// NetHack: role-race-alignment-gender such as "mon-hum-neu-mal", or "@" for a random character.
  public var character: String
  /// NetHack: the folder of libnethack.so and nhdat.
  public var netHackDirectory: String
  /// NetHack: the names of the observations to produce; nil for those that the policy network reads. CaptionGrid: "caption"
  /// adds the caption as a text field.
  public var observationKeys: [String]?
  /// CaptionGrid: number of distinct maps (the map of an episode is its seed mod `layouts`); 0 for one map per seed.
  public var layouts: Int
  /// CaptionGrid: number of wordings of each caption; 0 for one.
  public var wordings: Int
  /// Whether environments collect `Environment.facts`. Evaluations need them, training does not.
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

/// One task: its facts and how to create an instance of it.
public struct EnvironmentEntry: Sendable {
  public let name: String
  /// One line for `tengu envs` and the README's table.
  public let summary: String
  /// The observations that `ScreenShowing.screen` needs; nil if every instance can show its screen.
  public let screenKeys: [String]?
  /// The fields of `[environment]`, apart from task and step limit, that have an effect on this task. A run that sets
  /// another one is refused.
  public let ownFields: [String]
  /// Memory that an instance takes, in bytes, by measurement or a little above it. A worker compares the sum with the
  /// memory that it may use before it makes any.
  public let instanceBytes: Int
  /// The facts of the task with these options. Needs no game files.
  public let specification: @Sendable (EnvironmentOptions) throws -> EnvironmentSpecification
  /// Creates an instance. A worker calls it once for each of its environments.
  public let make: @Sendable (EnvironmentOptions) throws -> any Environment

  public init(
    name: String, summary: String, screenKeys: [String]? = nil, ownFields: [String] = [],
    instanceBytes: Int = 64 << 10,
    specification: @escaping @Sendable (EnvironmentOptions) throws -> EnvironmentSpecification,
    make: @escaping @Sendable (EnvironmentOptions) throws -> any Environment
  ) {
    self.name = name
    self.summary = summary
    self.screenKeys = screenKeys
    self.ownFields = ownFields
    self.instanceBytes = instanceBytes
    self.specification = specification
    self.make = make
  }

  /// Creates an instance that can show its screen. Its observations may differ from those that the policy reads.
  public func makeWatched(_ options: EnvironmentOptions) throws -> any Environment {
    var options = options
    options.observationKeys = screenKeys
    return try make(options)
  }
}

/// The tasks that a run can name: a value, so that a program chooses its worlds and a test adds one.
public struct EnvironmentRegistry: Sendable {
  /// All tasks, in the order in which they are listed.
  public let entries: [EnvironmentEntry]

  /// - Parameter entries: tasks with different names.
  public init(_ entries: [EnvironmentEntry]) {
    precondition(Set(entries.map(\.name)).count == entries.count, "two tasks have the same name")
    self.entries = entries
  }

  /// The task called `name`.
  /// - Throws: `EnvironmentError` that lists the known tasks.
  public func entry(named name: String) throws(EnvironmentError) -> EnvironmentEntry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    let known = entries.map(\.name).joined(separator: ", ")
    throw EnvironmentError("unknown task \"\(name)\"; known tasks: \(known)")
  }
}
