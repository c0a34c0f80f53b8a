import Trajectories

/// Environments that step together, on the calling thread or elsewhere: what a group of a rollout thread plays.
///
/// Used by one thread at a time, in this order: `start` once, and `reset` for each environment; then for every step `send`,
/// `receive`, `step` for each environment, `reset` for those whose episode ended, with `rest` after each of the two rounds.
/// Between `send` and `receive` the thread may do something else.
public protocol EnvironmentBatch: AnyObject {
  /// Begins the first episode of every environment.
  /// - Parameter seeds: one for each environment; `reset` gets the same ones.
  /// - Throws: `EnvironmentError` if a world cannot be started.
  func start(seeds: UnsafePointer<UInt64>) throws

  /// Writes the first observation of the episode that environment `e` begins, with the seed that the latest `start` or `send`
  /// named for it.
  func reset(_ e: Int, seed: UInt64, into output: StepOutput) throws

  /// Passes on an action for every environment.
  /// - Parameters:
  ///   - actions: the elements of each environment's action, as unrolls carry them.
  ///   - nextSeeds: the seed of each environment's next episode, which begins if this step ends the current one.
  func send(_ actions: UnsafePointer<Int32>, nextSeeds: UnsafePointer<UInt64>) throws

  /// Waits until every environment has played.
  /// - Throws: `EnvironmentError` if the environments can neither play nor be replaced.
  func receive() throws

  /// The result of the action of environment `e`; writes the observation that it led to, and its caption.
  /// - Throws: an error that describes why this environment failed. Its episode is lost, and `replace` follows. A
  ///   `LostEpisode` is the consequence of a failure that another environment has described.
  func step(_ e: Int, action: ActionChoice, into output: StepOutput) throws -> Transition

  /// Facts of the episode of environment `e` that the latest `step` ended.
  func facts(_ e: Int) -> EpisodeFacts

  /// Replaces environment `e`, which has failed.
  /// - Throws: `EnvironmentError` if there can be no other.
  func replace(_ e: Int) throws

  /// No call is running now.
  func rest()
}

extension EnvironmentBatch {
  /// No facts: for most environments the rewards are enough.
  public func facts(_ e: Int) -> EpisodeFacts { EpisodeFacts() }
}

/// The episode of an environment is lost because of a failure that was already described.
public struct LostEpisode: Error, Sendable {
  public init() {}
}

/// Runs the environments of a task for several groups, outside the calling thread.
public protocol EnvironmentHost: AnyObject {
  /// A batch of new environments. All batches of a host are used by one thread at a time.
  /// - Parameters:
  ///   - count: environments of the batch.
  ///   - name: what errors call the batch, such as "group 3".
  /// - Throws: `EnvironmentError` if the environments cannot be made.
  func makeBatch(count: Int, name: String) throws -> any EnvironmentBatch
}
