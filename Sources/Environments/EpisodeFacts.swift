/// What an environment can tell of an episode beside its rewards, for evaluations: nothing learns from it.
public struct EpisodeFacts: Sendable, Equatable {
  /// One number, such as the deepest level of a dungeon.
  public struct Fact: Sendable, Equatable {
    /// Lower case, words parted by spaces; with its unit where it has one.
    public let name: String
    public let value: Double

    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// In the order they are shown. An environment has the same names in every episode.
  public var numbers: [Fact]
  /// How the episode ended, such as "killed by a jackal"; nil if the environment does not say.
  public var end: String?

  public init(numbers: [Fact] = [], end: String? = nil) {
    self.numbers = numbers
    self.end = end
  }
}
