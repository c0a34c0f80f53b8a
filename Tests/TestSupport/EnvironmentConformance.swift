import Environments
import Runtime
import Tensor

/// Checks that an environment keeps the contract of `Environment`, by playing two instances of it side by side.
///
/// Both play the same seeds and the same random actions; one has played other episodes before, and the two write into
/// rows poisoned with different bytes. So whatever leaks from an earlier episode, comes from another source of chance,
/// or is not written at all shows as a difference.
public struct EnvironmentConformance {
  public var entry: EnvironmentEntry
  public var options: EnvironmentOptions
  public var seeds: [UInt64]
  /// Steps after which an episode is given up; slow worlds need fewer.
  public var maximumSteps: Int
  /// At most this many violations are reported.
  public static let maximumViolations = 20

  public init(
    entry: EnvironmentEntry, options: EnvironmentOptions? = nil, seeds: [UInt64] = Array(0..<20),
    maximumSteps: Int = 1000
  ) {
    self.entry = entry
    self.options = options ?? EnvironmentOptions(task: entry.name)
    self.seeds = seeds
    self.maximumSteps = maximumSteps
  }

  /// Every violation found, as a sentence that names task, seed and step; empty if the environment conforms.
  /// - Throws: what the environment throws when it is made, reset or stepped.
  public func violations() throws -> [String] {
    let specification = try entry.specification(options)
    let first = ConformancePlayer(try entry.make(options), specification, poison: 0xA5)
    let second = ConformancePlayer(try entry.make(options), specification, poison: 0x5A)
    var found: [String] = []
    for player in [first, second] where player.environment.specification != specification {
      found.append("\(entry.name): the instance's specification is not the entry's")
    }
    if specification.actionCount < 1 { found.append("\(entry.name): no actions") }
    if !found.isEmpty { return found }

    // Episodes of the second instance alone: nothing of them may be left in those that are compared.
    for seed in seeds.prefix(3) { try play(seed: ~seed, actions: seed, [second], &found) }
    for seed in seeds {
      try play(seed: seed, actions: ~seed, [first, second], &found)
      if found.count >= Self.maximumViolations { break }
    }
    return Array(found.prefix(Self.maximumViolations))
  }

  private func play(
    seed: UInt64, actions actionSeed: UInt64, _ players: [ConformancePlayer], _ found: inout [String]
  ) throws {
    var actions = RandomGenerator(seed: actionSeed)
    let actionCount = players[0].specification.actionCount
    for player in players { try player.reset(seed: seed) }
    inspect(players, "seed \(seed), reset", &found)
    for step in 1...maximumSteps {
      if found.count >= Self.maximumViolations { return }
      let action = actions.below(actionCount)
      for player in players { try player.step(action) }
      inspect(players, "seed \(seed), step \(step)", &found)
      if let limit = options.maximumEpisodeSteps, step >= limit, !players[0].transition.done {
        found.append("\(entry.name), seed \(seed), step \(step): the episode goes on past its limit of \(limit)")
        return
      }
      if players.contains(where: \.transition.done) { return }
    }
  }

  private func inspect(_ players: [ConformancePlayer], _ place: String, _ found: inout [String]) {
    for player in players {
      for violation in player.violations() { found.append("\(entry.name), \(place): \(violation)") }
    }
    guard players.count == 2 else { return }
    for violation in players[0].differences(to: players[1]) { found.append("\(entry.name), \(place): \(violation)") }
  }
}
