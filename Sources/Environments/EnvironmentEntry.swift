/// One task: its facts, and how to make an instance of it.
public struct EnvironmentEntry: Sendable {
  public let name: String
  /// One line for `tengu envs` and the README's table.
  public let summary: String
  /// The facts of the task under these options; needs no game files.
  public let specification: @Sendable (EnvironmentOptions) throws -> EnvironmentSpecification
  /// A new instance. Called once for each environment of a worker.
  public let make: @Sendable (EnvironmentOptions) throws -> any Environment

  public init(
    name: String, summary: String,
    specification: @escaping @Sendable (EnvironmentOptions) throws -> EnvironmentSpecification,
    make: @escaping @Sendable (EnvironmentOptions) throws -> any Environment
  ) {
    self.name = name
    self.summary = summary
    self.specification = specification
    self.make = make
  }
}
