import Runtime

/// Gives every task the same number of episodes: what other schedulers are compared with.
public struct UniformScheduler: TaskScheduler {
  public private(set) var successes: SuccessTable

  /// - Parameters:
  ///   - keys: number of tasks.
  ///   - weight: see `SuccessTable`.
  public init(keys: Int, weight: Double) { successes = SuccessTable(keys: keys, weight: weight) }

  public mutating func note(_ outcome: EpisodeOutcome) {
    successes.note(outcome.key, succeeded: outcome.succeeded)
  }

  public mutating func plan(budget: Int, generator: inout RandomGenerator) -> [ScheduledTask] {
    let keys = (0..<successes.keys).shuffled(using: &generator)
    // What does not divide goes to the first of a random order.
    return keys.enumerated().compactMap { place, key in
      let repeats = budget / keys.count + (place < budget % keys.count ? 1 : 0)
      return repeats > 0 ? ScheduledTask(key: key, repeats: repeats) : nil
    }
  }

  public var state: SchedulerState { SchedulerState(successes) }

  public mutating func restore(_ state: SchedulerState) throws(SchedulerError) {
    try successes.restore(rates: state.values, episodes: state.counts)
  }
}

extension SchedulerState {
  /// The state of a scheduler that knows nothing but success rates.
  init(_ successes: SuccessTable) {
    values = successes.rates
    counts = successes.episodes
  }
}
