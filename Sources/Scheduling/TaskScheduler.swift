import Runtime

/// Decides which tasks the next episodes play. A task is a number from 0, its **key**: a map, a class of difficulty, a goal.
///
/// A scheduler is a value without a clock: what it plans follows from the outcomes that it has noted and the generator.
public protocol TaskScheduler: Sendable {
  /// Takes in how an episode of a task ended. Outcomes of keys that the scheduler does not have are ignored.
  mutating func note(_ outcome: EpisodeOutcome)

  /// Takes in a group of which all episodes have ended. Each of them was noted before.
  mutating func note(_ group: GroupOutcome)

  /// The next episodes: entries whose repeats total `budget`, in the order in which they are to be played.
  mutating func plan(budget: Int, generator: inout RandomGenerator) -> [ScheduledTask]

  /// What the scheduler has learned, for checkpoints.
  var state: SchedulerState { get }

  /// Continues from `state`.
  /// - Throws: `SchedulerError` if the state is not one that this scheduler can have.
  mutating func restore(_ state: SchedulerState) throws(SchedulerError)

  /// The success of each task as the scheduler estimates it.
  var successes: SuccessTable { get }

  /// The temperature that most episodes are to be played with.
  var chosen: Float { get }

  /// The chance that a new start is better above which most episodes are to be cut; 0 = never.
  var chosenThreshold: Float { get }
}

extension TaskScheduler {
  public mutating func note(_ group: GroupOutcome) {}

  public var chosen: Float { 1 }

  public var chosenThreshold: Float { 0 }
}

/// How an episode of a plan ended.
public struct EpisodeOutcome: Sendable, Hashable {
  /// The task.
  public var key: Int
  public var succeeded: Bool

  public init(key: Int, succeeded: Bool) {
    self.key = key
    self.succeeded = succeeded
  }
}

/// How the episodes of a group ended.
public struct GroupOutcome: Sendable, Hashable {
  /// The task.
  public var key: Int
  /// What the policy's logits were divided by.
  public var temperature: Float
  /// The chance that a new start is better above which its episodes are cut; 0 = never.
  public var cutAbove: Float
  /// Episodes that ended.
  public private(set) var episodes = 0
  /// Steps of those episodes.
  public private(set) var steps = 0
  /// Those that reached the goal.
  public private(set) var wins = 0
  /// Lengths of the wins, each once, in steps.
  private var lengths: Set<Int> = []

  public init(key: Int, temperature: Float = 1, cutAbove: Float = 0) {
    self.key = key
    self.temperature = temperature
    self.cutAbove = cutAbove
  }

  /// Adds an episode of `length` steps.
  public mutating func add(succeeded: Bool, length: Int) {
    episodes += 1
    // An episode has at most 2^32 steps and a group 4096 episodes; a sum of foreign numbers must not trap all the same.
    steps = steps.addingReportingOverflow(max(0, length)).overflow ? .max : steps + max(0, length)
    guard succeeded else { return }
    wins += 1
    lengths.insert(length)
  }

  /// Wins that differ in their length.
  public var differentWins: Int { lengths.count }

  /// Whether some episodes reached the goal and some did not.
  public var isMixed: Bool { wins > 0 && wins < episodes }
}

/// Episodes of one task that a scheduler wants, which all begin with the same seed: a **group**.
public struct ScheduledTask: Sendable, Hashable {
  public var key: Int
  /// Episodes to play, at least 1.
  public var repeats: Int
  /// What the policy's logits are divided by.
  public var temperature: Float
  /// The chance that a new start is better above which an episode is cut; 0 = never.
  public var cutAbove: Float

  public init(key: Int, repeats: Int, temperature: Float = 1, cutAbove: Float = 0) {
    self.key = key
    self.repeats = repeats
    self.temperature = temperature
    self.cutAbove = cutAbove
  }
}

/// What a scheduler has learned. Which fields a scheduler uses is its own affair; the others are empty.
public struct SchedulerState: Sendable, Equatable, Codable {
  /// Estimates by key, such as success.
  public var values: [Double] = []
  /// A second estimate by key, such as success as it was a while ago.
  public var references: [Double] = []
  /// How often each key was played or chosen.
  public var counts: [Double] = []
  /// Numbers that do not belong to a key.
  public var settings: [Double] = []

  public init() {}
}

/// A checkpoint holds a state that the scheduler cannot continue from.
public struct SchedulerError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
