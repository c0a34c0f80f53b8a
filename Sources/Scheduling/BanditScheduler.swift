import Runtime

/// Plays the tasks on which the policy makes progress (EVOLvE, Nie et al. 2024, whose bandit this is; learning progress as
/// value after Oudeyer et al. 2007): the tasks are the arms of UCB1, and an arm's value is how far its success rate has moved
/// lately, whether up or down, as a share of the greatest such move.
///
/// A task that is always won or never won has no value, and is tried from time to time.
public struct BanditScheduler: TaskScheduler {
  public private(set) var successes: SuccessTable
  /// [K] success rates that follow more slowly.
  private var earlier: SuccessTable
  private var bandit: UpperConfidence
  /// Episodes of a group.
  private let repeats: Int

  /// How much more slowly.
  static let slowness = 5.0
  /// Choices fade so that about the last hundred groups count.
  static let discount = 0.99

  /// - Parameters:
  ///   - keys: number of tasks.
  ///   - weight: see `SuccessTable`.
  ///   - repeats: episodes of each group, at least 1.
  ///   - alpha: see `UpperConfidence`.
  public init(keys: Int, weight: Double, repeats: Int, alpha: Double = 0.5) {
    // Means first: the way from the prior to a rate that never changes is no progress.
    successes = SuccessTable(keys: keys, weight: weight, averagesFirst: true)
    earlier = SuccessTable(keys: keys, weight: weight / Self.slowness, averagesFirst: true)
    bandit = UpperConfidence(arms: keys, alpha: alpha, discount: Self.discount)
    self.repeats = repeats
  }

  public mutating func note(_ outcome: EpisodeOutcome) {
    successes.note(outcome.key, succeeded: outcome.succeeded)
    earlier.note(outcome.key, succeeded: outcome.succeeded)
  }

  public mutating func plan(budget: Int, generator: inout RandomGenerator) -> [ScheduledTask] {
    let values = self.values
    var entries: [ScheduledTask] = []
    var rest = budget
    while rest > 0 {
      let key = bandit.best(values)
      bandit.choose(key)
      entries.append(ScheduledTask(key: key, repeats: min(repeats, rest)))
      rest -= repeats
    }
    return entries
  }

  /// [K] each task's progress as a share of the greatest; all 0 before anything has changed.
  var values: [Double] {
    let progress = zip(successes.rates, earlier.rates).map { abs($0 - $1) }
    let greatest = progress.max() ?? 0
    return greatest > 0 ? progress.map { $0 / greatest } : progress
  }

  public var state: SchedulerState {
    var state = SchedulerState(successes)
    state.references = earlier.rates
    state.settings = bandit.counts
    return state
  }

  public mutating func restore(_ state: SchedulerState) throws(SchedulerError) {
    try successes.restore(rates: state.values, episodes: state.counts)
    try earlier.restore(rates: state.references, episodes: state.counts)
    try bandit.restore(state.settings)
  }
}
