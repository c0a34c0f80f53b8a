import Environments
import Testing

@testable import NetHack

@Suite(.enabled(if: NetHackInstallation.isPresent, "NetHack is not installed: run scripts/get-nethack.sh"))
struct NetHackFactsTests {
  /// Random play until it dies or `steps` are over; the facts of every episode that ended.
  private func episodes(
    _ options: EnvironmentOptions, seed: UInt64, steps: Int
  ) throws -> [(facts: EpisodeFacts, last: Transition, total: Float)] {
    let player = try NetHackRandomPlayer(options, seed: seed)
    var episodes: [(facts: EpisodeFacts, last: Transition, total: Float)] = []
    var total: Float = 0
    for _ in 0..<steps {
      let transition = try player.step()
      total += transition.reward
      if transition.done {
        episodes.append((player.environment.facts, transition, total))
        total = 0
      }
    }
    return episodes
  }

  @Test func everyEpisodeHasTheSameFacts() throws {
    var options = NetHackInstallation.options("NetHackScore", steps: 300)
    options.recordsFacts = true
    let episodes = try episodes(options, seed: 1, steps: 3000)
    let names = ["score", "deepest level", "gold", "experience level", "turns", "squares seen", "kills"]
    #expect(episodes.count > 5)
    for episode in episodes {
      #expect(episode.facts.numbers.map(\.name) == names)
      #expect(episode.facts.categories == [.init("role", "mon")])
      let values = Dictionary(uniqueKeysWithValues: episode.facts.numbers.map { ($0.name, $0.value) })
      #expect(values["deepest level"] ?? 0 >= 1 && values["experience level"] ?? 0 >= 1)
      #expect(values["squares seen"] ?? 0 > 5 && values["turns"] ?? 0 >= 1)
      if episode.last.truncated { #expect(episode.facts.end == "step limit") }
    }
    #expect(episodes.contains { $0.last.truncated })
  }

  /// A hero that plays at random for long enough dies of something, and the game's log says of what.
  @Test func aDeathHasACause() throws {
    var options = NetHackInstallation.options("NetHackScore", steps: 5000)
    options.recordsFacts = true
    let dead = try episodes(options, seed: 3, steps: 12_000).filter { $0.last.terminated }
    #expect(!dead.isEmpty)
    for episode in dead {
      let cause = episode.facts.end ?? ""
      let knownBeginnings = [
        "killed", "starved", "choked", "poisoned", "died", "drowned", "burned", "fell", "petrified",
      ]
      #expect(knownBeginnings.contains { cause.hasPrefix($0) }, "\"\(cause)\"")
    }
  }

  /// The squares seen are those that the scout task pays for.
  @Test func squaresSeenAreThoseTheScoutTaskPaysFor() throws {
    var options = NetHackInstallation.options("NetHackScout", steps: 200)
    options.recordsFacts = true
    for episode in try episodes(options, seed: 2, steps: 1000) where episode.last.truncated {
      let squares = try #require(episode.facts.numbers.first { $0.name == "squares seen" })
      // The task pays from the first step on, which first counts what the hero saw at the start.
      #expect(abs(squares.value - Double(episode.total)) < 3, "\(squares.value) and \(episode.total)")
    }
  }

  @Test func recordingChangesNoGame() throws {
    var options = NetHackInstallation.options("NetHackScore", steps: 120)
    let plain = try NetHackRandomPlayer(options, seed: 5)
    options.recordsFacts = true
    let recorded = try NetHackRandomPlayer(options, seed: 5)
    for _ in 0..<300 {
      try plain.step()
      try recorded.step()
    }
    #expect(plain.hash == recorded.hash)
    // What costs nothing is there in training too, with the same values.
    let facts = (plain.environment.facts.numbers, recorded.environment.facts.numbers)
    #expect(facts.0 == Array(facts.1.prefix(facts.0.count)) && facts.0.count == 5)
  }
}
