import Environments

/// The facts of a game, updated after every step.
struct NetHackFacts {
  /// Whether facts that cost time belong to them: squares seen, and kills.
  private let isComplete: Bool
  private var score: Int64 = 0
  private var deepest: Int64 = 0
  private var gold: Int64 = 0
  private var experienceLevel: Int64 = 0
  private var turns: Int64 = 0
  private var kills = 0
  private var squares: Int64 = 0
  private var exploration = NetHackExploration()
  private var role: String?

  /// - Parameter isComplete: for evaluations; training leaves out what costs time.
  init(isComplete: Bool) { self.isComplete = isComplete }

  /// Starts with the first state of a game.
  /// - Parameter role: the hero's, if it is known.
  mutating func reset(_ buffers: NetHackBuffers, role: String? = nil) {
    self.role = role
    (score, deepest, gold, experienceLevel, turns, kills, squares) = (0, 0, 0, 0, 0, 0, 0)
    if isComplete { exploration.reset() }
    look(buffers)
  }

  /// Takes in a state of the game. The screens after the end have no status, so the last values remain.
  mutating func look(_ buffers: NetHackBuffers) {
    if isComplete { kills += buffers.messageCount("You kill ") + buffers.messageCount("You destroy ") }
    guard buffers.inNormalGame else { return }
    score = buffers.score
    deepest = max(deepest, buffers.depth)
    gold = buffers.gold
    experienceLevel = max(experienceLevel, buffers.experienceLevel)
    turns = buffers.time
    if isComplete { squares += Int64(exploration.gain(buffers)) }
  }

  /// The facts so far. Kills are counted from the messages that the agent sees, not from pages that were dismissed.
  func episode(end: String?) -> EpisodeFacts {
    var numbers: [EpisodeFacts.Fact] = [
      .init("score", Double(score)), .init("deepest level", Double(deepest)), .init("gold", Double(gold)),
      .init("experience level", Double(experienceLevel)), .init("turns", Double(turns)),
    ]
    if isComplete { numbers += [.init("squares seen", Double(squares)), .init("kills", Double(kills))] }
    return EpisodeFacts(numbers: numbers, categories: role.map { [.init("role", $0)] } ?? [], end: end)
  }
}
