/// The tasks a run can name. A world of your own is one more entry here.
public enum EnvironmentRegistry {
  /// Every task, in the order they are listed.
  public static let entries: [EnvironmentEntry] =
    NetHackTasks.entries + [CaptionGridTask.entry, CartPoleTask.entry, CorridorTask.entry]

  /// The task called `name`.
  /// - Throws: `EnvironmentError` naming the known tasks.
  public static func entry(named name: String) throws -> EnvironmentEntry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    let known = entries.map(\.name).joined(separator: ", ")
    throw EnvironmentError("unknown task \"\(name)\"; known tasks: \(known)")
  }
}
