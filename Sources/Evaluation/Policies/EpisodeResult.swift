import Environments

/// What one episode came to.
public struct EpisodeResult: Sendable, Equatable, Codable {
  /// One of its numbers.
  public struct Measure: Sendable, Equatable, Codable {
    public let name: String
    public let value: Double
  }

  /// Its number in the evaluation, from 0.
  public let episode: Int
  /// Return, length in steps, success as 0 or 1, then the environment's facts.
  public let measures: [Measure]
  /// How it ended: in the environment's words, or "success", "ended by the world" and "step limit".
  public let end: String

  init(episode: Int, episodeReturn: Double, length: Int, last: Transition, facts: EpisodeFacts) {
    self.episode = episode
    measures =
      [
        Measure(name: "return", value: episodeReturn), Measure(name: "success", value: last.succeeded ? 1 : 0),
        Measure(name: "length", value: Double(length)),
      ] + facts.numbers.map { Measure(name: $0.name, value: $0.value) }
    end = facts.end ?? (last.succeeded ? "success" : last.truncated ? "step limit" : "ended by the world")
  }
}
