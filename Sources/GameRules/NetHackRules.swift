extension RuleTable {
  /// The messages of NetHack 3.6 as one would read them with the game's goal in mind: kills, levels, loot, food,
  /// discoveries and descents are progress; refusals, prompts, harm and scenery are not.
  ///
  /// Order within a sentence: vetoes, then what creatures do (so that a creature's name cannot pass for an event),
  /// then progress, then the rest, which may be broad because it stands last.
  public static let netHack: RuleTable = {
    let text = [netHackVetoes, netHackCreatures, netHackProgress, netHackRefusals, netHackScenery]
    do {
      return try RuleTable(text.joined(separator: "\n"))
    } catch {
      preconditionFailure("the table is a constant that a test reads: \(error)")
    }
  }()
}
