/// The tasks a run can name. A world of your own is one more entry here.
public enum EnvironmentRegistry {
  /// One task: its facts, and how to make an instance of it.
  public struct Entry: Sendable {
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

  /// Every task, in the order they are listed.
  public static let entries: [Entry] = NetHackTasks.entries + [CaptionGridTask.entry, CorridorTask.entry]

  /// The task called `name`.
  /// - Throws: `EnvironmentError` naming the known tasks.
  public static func entry(named name: String) throws -> Entry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    let known = entries.map(\.name).joined(separator: ", ")
    throw EnvironmentError("unknown task \"\(name)\"; known tasks: \(known)")
  }
}
