/// What a user implements to train on a world of their own.
///
/// An environment is used by one thread at a time, though not always by the same one. It writes observations straight
/// into trajectory memory through `StepOutput`.
public protocol Environment: AnyObject {
  /// The layout and the number of actions; constant over the environment's life.
  var specification: EnvironmentSpecification { get }

  /// Begins an episode that depends on `seed` and nothing else, and writes its first observation and caption.
  /// - Throws: `EnvironmentError` if the world cannot be started.
  func reset(seed: UInt64, into output: StepOutput) throws

  /// Plays `action` (0 ..< actionCount) and writes the observation and caption it led to. On the last step of an
  /// episode that is the terminal observation; the caller resets before it steps again.
  func step(_ action: Int, into output: StepOutput) throws -> Transition

  /// Facts of the episode so far; after its last step and until the next reset, those of the whole episode. Complete
  /// only where `EnvironmentOptions.recordsFacts` asked for them.
  var facts: EpisodeFacts { get }
}

extension Environment {
  /// None: most environments say all with their rewards.
  public var facts: EpisodeFacts { EpisodeFacts() }
}

/// What one step returned beside its observation.
public struct Transition: Sendable, Equatable {
  /// The environment's own (extrinsic) reward.
  public var reward: Float
  /// The episode ended in the world itself (death, success): the value after it is zero.
  public var terminated: Bool
  /// The episode was cut by a limit: the value after it is that of the terminal observation.
  public var truncated: Bool
  /// The episode reached its task's goal; meaningful on its last step.
  public var succeeded: Bool

  public init(reward: Float, terminated: Bool = false, truncated: Bool = false, succeeded: Bool = false) {
    self.reward = reward
    self.terminated = terminated
    self.truncated = truncated
    self.succeeded = succeeded
  }

  public var done: Bool { terminated || truncated }
}

/// The constant facts of a task, known without starting it.
public struct EnvironmentSpecification: Sendable, Hashable {
  public let name: String
  public let observation: ObservationLayout
  public let actionCount: Int

  public init(name: String, observation: ObservationLayout, actionCount: Int) {
    self.name = name
    self.observation = observation
    self.actionCount = actionCount
  }
}

/// Why an environment could not be made, started or stepped.
public struct EnvironmentError: Error, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
