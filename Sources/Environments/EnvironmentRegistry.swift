/// One task: its facts and how to create an instance of it.
public struct EnvironmentEntry: Sendable {
  public let name: String
  /// One line for `tengu envs` and the README's table.
  public let summary: String
  /// The observations that `ScreenShowing.screen` needs; nil if every instance can show its screen.
  public let screenKeys: [String]?
  /// The fields of `[environment]` that this task reads in addition to the task's name and the step limit. A run that
  /// sets a field of another task is refused.
  public let ownFields: [EnvironmentField]
  /// Memory that an instance takes, in bytes: the measured value or a little more. A worker compares the sum over its
  /// environments with the memory that it may use before it makes any.
  public let instanceBytes: Int
  /// The facts of the task with these options. Needs no game files.
  public let specification: @Sendable (EnvironmentOptions) throws -> EnvironmentSpecification
  /// Creates an instance. A worker calls it once for each of its environments.
  public let make: @Sendable (EnvironmentOptions) throws -> any Environment
  /// Creates what runs the environments of a worker's rollout threads, for each thread one or more; nil if the threads
  /// step instances themselves.
  public let makeHosts: (@Sendable (EnvironmentOptions, _ threads: Int) throws -> [[any EnvironmentHost]])?

  public init(
    name: String, summary: String, screenKeys: [String]? = nil, ownFields: [EnvironmentField] = [],
    instanceBytes: Int = 64 << 10,
    specification: @escaping @Sendable (EnvironmentOptions) throws -> EnvironmentSpecification,
    make: @escaping @Sendable (EnvironmentOptions) throws -> any Environment,
    makeHosts: (@Sendable (EnvironmentOptions, _ threads: Int) throws -> [[any EnvironmentHost]])? = nil
  ) {
    self.name = name
    self.summary = summary
    self.screenKeys = screenKeys
    self.ownFields = ownFields
    self.instanceBytes = instanceBytes
    self.specification = specification
    self.make = make
    self.makeHosts = makeHosts
  }

  /// Creates an instance that can show its screen. Its observations may differ from those that the policy reads.
  public func makeWatched(_ options: EnvironmentOptions) throws -> any Environment {
    var options = options
    options.observationKeys = screenKeys
    return try make(options)
  }
}

/// Tasks with a common prefix, such as "gymnasium:CartPole-v1", of which no list exists.
public struct EnvironmentFamily: Sendable {
  /// The part of the name before the colon.
  public let prefix: String
  /// A task's name, for listings.
  public let example: String
  /// One line for listings.
  public let summary: String
  /// The fields of `[environment]` that the tasks read.
  public let ownFields: [EnvironmentField]
  /// The task of a name, whether or not it exists.
  public let entry: @Sendable (_ name: String) -> EnvironmentEntry

  public init(
    prefix: String, example: String, summary: String, ownFields: [EnvironmentField],
    entry: @escaping @Sendable (_ name: String) -> EnvironmentEntry
  ) {
    self.prefix = prefix
    self.example = example
    self.summary = summary
    self.ownFields = ownFields
    self.entry = entry
  }
}

/// The tasks that a run can name: a value, so that a program chooses its worlds and a test adds one.
public struct EnvironmentRegistry: Sendable {
  /// All tasks, in the order in which they are listed.
  public let entries: [EnvironmentEntry]
  /// Families of tasks, in the order in which they are listed.
  public let families: [EnvironmentFamily]

  /// - Parameters:
  ///   - entries: tasks with different names.
  ///   - families: with different prefixes.
  public init(_ entries: [EnvironmentEntry], families: [EnvironmentFamily] = []) {
    precondition(Set(entries.map(\.name)).count == entries.count, "two tasks have the same name")
    precondition(Set(families.map(\.prefix)).count == families.count, "two families have the same prefix")
    self.entries = entries
    self.families = families
    precondition(Set(fields.map(\.name)).count == fields.count, "two tasks declare a field in different ways")
  }

  /// The fields that the tasks declare, each once, in the order of the tasks.
  public var fields: [EnvironmentField] {
    (entries.flatMap(\.ownFields) + families.flatMap(\.ownFields)).reduce(into: []) { fields, field in
      if !fields.contains(field) { fields.append(field) }
    }
  }

  /// The task called `name`.
  /// - Throws: `EnvironmentError` that lists the known tasks.
  public func entry(named name: String) throws(EnvironmentError) -> EnvironmentEntry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    if let family = families.first(where: { name.hasPrefix($0.prefix + ":") }) { return family.entry(name) }
    let known = (entries.map(\.name) + families.map { "\($0.prefix):..." }).joined(separator: ", ")
    throw EnvironmentError("unknown task \"\(name)\"; known tasks: \(known)")
  }
}
