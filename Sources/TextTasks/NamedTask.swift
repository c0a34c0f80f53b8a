/// The tasks by the names that commands and configurations use, each with its difficulties.
public enum NamedTask: String, Sendable, CaseIterable {
  case chain, command, lookup, choice, user

  /// The difficulties that the task has.
  public var difficulties: ClosedRange<Int> {
    switch self {
    case .chain: 1...6
    case .command: 2...12
    case .lookup, .user: 1...3
    case .choice: 1...1
    }
  }

  /// The difficulty without another choice.
  public var standardDifficulty: Int {
    switch self {
    case .chain: 3
    case .command: 12
    case .lookup, .user: 2
    case .choice: 1
    }
  }

  /// The task.
  /// - Parameter difficulty: nil for the standard one.
  /// - Returns: nil for a difficulty that the task does not have.
  public func make(difficulty: Int? = nil) -> (any TextTask)? {
    let level = difficulty ?? standardDifficulty
    guard difficulties.contains(level) else { return nil }
    return switch self {
    case .chain: ChainTask(operations: level...level)
    case .command: CommandTask(kinds: level)
    case .lookup: LookupTask(generations: level)
    case .choice: ChoiceTask()
    case .user: UserTask(sensitivity: level)
    }
  }
}
