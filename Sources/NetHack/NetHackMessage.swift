/// Messages of the game that rules look for.
enum NetHackMessage {
  /// Said before the new level is shown; the only message that outlives the pages after it, for tasks reward it.
  static let descent: StaticString = "You descend the stairs."
  /// A skill can be advanced.
  static let skill: StaticString = "You feel more confident in"
}
