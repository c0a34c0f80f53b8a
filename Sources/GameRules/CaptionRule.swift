/// One line of a rule table.
public struct CaptionRule: Sendable, Hashable {
  /// What a sentence says about the caption it stands in. Raw values are the table's signs.
  public enum Effect: Character, Sendable, Hashable, CaseIterable {
    /// Progress.
    case progress = "1"
    /// Known, and no progress.
    case nothing = "0"
    /// No progress, whatever else the caption says: a murder among kills, a prompt that echoes what is typed.
    case veto = "!"
  }

  public let effect: Effect
  /// One word that says what kind of event it is: "kill", "refuse". For people and reports.
  public let category: String
  public let pattern: CaptionPattern
}
