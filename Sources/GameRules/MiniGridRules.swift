extension RuleTable {
  /// What changes in MiniGrid, as its environment server says with `environment.caption = "events"`: a thing in hand, an
  /// open door and the goal are progress, and what undoes them is not.
  public static let miniGrid: RuleTable = {
    let text = """
      class thing key ball box
      1 take you pick up a {thing}
      1 open the door opens
      1 goal you reach the goal
      0 drop you drop a {thing}
      0 shut the door closes
      """
    do {
      return try RuleTable(text)
    } catch {
      preconditionFailure("the table is a constant that a test reads: \(error)")
    }
  }()

  /// The rules for a task's captions: those of the game that its name belongs to, and NetHack's for every other task.
  public static func table(forTask task: String) -> RuleTable {
    task.hasPrefix("minigrid:") || task.hasPrefix("gymnasium:MiniGrid-") ? miniGrid : netHack
  }
}
