import Trajectories

/// A world that an agent plays: what a user implements to train on a world of their own.
///
/// One thread at a time uses an environment, though not always the same thread. It writes observations directly into
/// trajectory memory through `StepOutput`.
public protocol Environment: AnyObject {
  /// The observation layout and the actions; constant during the environment's life.
  var specification: EnvironmentSpecification { get }

  /// Starts an episode that depends on `seed` only, and writes its first observation and caption.
  /// - Throws: `EnvironmentError` if the world cannot be started.
  func reset(seed: UInt64, into output: StepOutput) throws

  /// Plays `action` (0 ..< actionCount) and writes the resulting observation and caption. On the last step of an episode
  /// that is the terminal observation; the caller then calls `reset` before the next step. For worlds with a discrete space.
  func step(_ action: Int, into output: StepOutput) throws -> Transition

  /// Plays an action of any space. Callers use this function; a world with a factored or continuous space implements it
  /// instead of the other.
  func step(_ choice: ActionChoice, into output: StepOutput) throws -> Transition

  /// Facts of the current episode up to now; between its last step and the next reset, facts of the whole episode. Facts
  /// that cost time are there only if `EnvironmentOptions.recordsFacts` is set.
  var facts: EpisodeFacts { get }
}

extension Environment {
  /// No facts: for most environments the rewards are enough.
  public var facts: EpisodeFacts { EpisodeFacts() }

  public func step(_ choice: ActionChoice, into output: StepOutput) throws -> Transition {
    try step(choice.index, into: output)
  }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    throw EnvironmentError("\(specification.name) has no discrete actions")
  }
}

/// A world that can say what an action would lead to. For worlds with a discrete space.
public protocol ForeseeingEnvironment: Environment {
  /// Writes the observation and the caption that `step` with the same action would write now. The episode stays where it
  /// is. Must not be called after its end.
  func foresee(_ action: Int, into output: StepOutput) throws -> Transition
}

/// The result of a step apart from its observation.
public struct Transition: Sendable, Equatable {
  /// The environment's own (extrinsic) reward.
  public var reward: Float
  /// The episode ended in the world itself (death, success): the value after it is zero.
  public var terminated: Bool
  /// A limit cut the episode: the value after it is the value of the terminal observation.
  public var truncated: Bool
  /// The episode reached the goal of its task; meaningful on its last step.
  public var succeeded: Bool
  /// The environment did not play the action, because it only began its next episode; then it is also truncated. Single
  /// environments have no such steps.
  public var isIdle: Bool

  public init(
    reward: Float, terminated: Bool = false, truncated: Bool = false, succeeded: Bool = false, isIdle: Bool = false
  ) {
    self.reward = reward
    self.terminated = terminated
    self.truncated = truncated
    self.succeeded = succeeded
    self.isIdle = isIdle
  }

  /// Whether this was the last step of the episode.
  public var done: Bool { terminated || truncated }
}

/// The constant facts of a task, known without starting it.
public struct EnvironmentSpecification: Sendable, Hashable {
  public let name: String
  public let observation: ObservationLayout
  public let actions: ActionSpace
  /// Whether captions that differ only in numbers and creatures' names mean the same, so that one label serves them all
  /// (`CaptionTemplate`).
  public let sharesTemplates: Bool

  public init(name: String, observation: ObservationLayout, actions: ActionSpace, sharesTemplates: Bool = false) {
    self.name = name
    self.observation = observation
    self.actions = actions
    self.sharesTemplates = sharesTemplates
  }

  /// A task with a discrete space.
  public init(name: String, observation: ObservationLayout, actionCount: Int, sharesTemplates: Bool = false) {
    self.init(
      name: name, observation: observation, actions: .discrete(actionCount), sharesTemplates: sharesTemplates)
  }
}

/// Facts of an episode in addition to its rewards, for metrics and evaluations. No algorithm learns from them.
public struct EpisodeFacts: Sendable, Equatable {
  /// One number, for instance the deepest level of a dungeon.
  public struct Fact: Sendable, Equatable {
    /// Lower case words separated by spaces, with the unit if there is one.
    public let name: String
    public let value: Double

    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// What sorts an episode among others, such as the hero's role.
  public struct Category: Sendable, Equatable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In the order in which reports show them. An environment has the same names in every episode.
  public var numbers: [Fact]
  /// Evaluations group episodes by them.
  public var categories: [Category]
  /// How the episode ended, for instance "killed by a jackal"; nil if the environment does not say.
  public var end: String?

  public init(numbers: [Fact] = [], categories: [Category] = [], end: String? = nil) {
    self.numbers = numbers
    self.categories = categories
    self.end = end
  }
}

/// An environment could not be created, started or stepped.
public struct EnvironmentError: Error, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
