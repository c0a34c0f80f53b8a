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

  public init(
    name: String, summary: String, screenKeys: [String]? = nil, ownFields: [EnvironmentField] = [],
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
    precondition(Set(fields.map(\.name)).count == fields.count, "two tasks declare a field in different ways")
  }

  /// The fields that the tasks declare, each once, in the order of the tasks.
  public var fields: [EnvironmentField] {
    entries.flatMap(\.ownFields).reduce(into: []) { fields, field in
      if !fields.contains(field) { fields.append(field) }
    }
  }

  /// The task called `name`.
  /// - Throws: `EnvironmentError` that lists the known tasks.
  public func entry(named name: String) throws(EnvironmentError) -> EnvironmentEntry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    let known = entries.map(\.name).joined(separator: ", ")
    throw EnvironmentError("unknown task \"\(name)\"; known tasks: \(known)")
  }
}
