import Environments

/// The facts of a game, updated after every step of an evaluation.
struct NetHackFacts {
  private var score: Int64 = 0
  private var deepest: Int64 = 0
  private var gold: Int64 = 0
  private var experienceLevel: Int64 = 0
  private var turns: Int64 = 0
  private var kills = 0
  private var squares: Int64 = 0
  private var exploration = NetHackExploration()
  private var role: Int32 = 0

  /// Starts with the first state of a game.
  /// - Parameter role: the hero's, as the game numbers them: 0 archeologist to 12 wizard in alphabetical order, but the
  ///   rogue before the ranger.
  mutating func reset(_ buffers: NetHackBuffers, role: Int32 = 0) {
    self.role = role
    (score, deepest, gold, experienceLevel, turns, kills, squares) = (0, 0, 0, 0, 0, 0, 0)
    exploration.reset()
    look(buffers)
  }

  /// Takes in a state of the game. The screens after the end have no status, so the last values remain.
  mutating func look(_ buffers: NetHackBuffers) {
    kills += buffers.messageCount("You kill ") + buffers.messageCount("You destroy ")
    guard buffers.inNormalGame else { return }
    score = buffers.score
    deepest = max(deepest, buffers.depth)
    gold = buffers.gold
    experienceLevel = max(experienceLevel, buffers.experienceLevel)
    turns = buffers.time
    squares += Int64(exploration.gain(buffers))
  }

  /// The facts so far. Kills are counted from the messages that the agent sees, not from pages that were dismissed.
  func episode(end: String?) -> EpisodeFacts {
    EpisodeFacts(
      numbers: [
        .init("score", Double(score)), .init("deepest level", Double(deepest)), .init("squares seen", Double(squares)),
        .init("gold", Double(gold)), .init("experience level", Double(experienceLevel)), .init("kills", Double(kills)),
        .init("turns", Double(turns)), .init("role", Double(role)),
      ], end: end)
  }
}
