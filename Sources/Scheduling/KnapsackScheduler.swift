import Glibc
import Runtime

/// Divides the episodes of a plan over the tasks so that as much as possible can be learned from them (Knapsack RL, Li et
/// al. 2025): N episodes of a task with success rate p are worth
///
///     V(N, p) = (1 - p^N - (1 - p)^N) p (1 - p)^2
///
/// the probability that some of them succeed and some fail, without which their gradient vanishes, times how much a success
/// would improve the policy. The gain of one more episode falls with N, so that taking the best one again and again is
/// optimal; a test compares it with dynamic programming.
public struct KnapsackScheduler: TaskScheduler {
  public private(set) var successes: SuccessTable
  /// Episodes that every task gets, so that none is given up.
  private let minimumRepeats: Int

  /// - Parameters:
  ///   - keys: number of tasks.
  ///   - weight: see `SuccessTable`.
  ///   - minimumRepeats: episodes that every task gets, if there are as many.
  public init(keys: Int, weight: Double, minimumRepeats: Int = 2) {
    successes = SuccessTable(keys: keys, weight: weight)
    self.minimumRepeats = minimumRepeats
  }

  public mutating func note(_ outcome: EpisodeOutcome) {
    successes.note(outcome.key, succeeded: outcome.succeeded)
  }

  public mutating func plan(budget: Int, generator: inout RandomGenerator) -> [ScheduledTask] {
    let repeats = Self.allocation(rates: successes.rates, budget: budget, minimumRepeats: minimumRepeats)
    return (0..<successes.keys).shuffled(using: &generator).compactMap { key in
      repeats[key] > 0 ? ScheduledTask(key: key, repeats: repeats[key]) : nil
    }
  }

  public var state: SchedulerState { SchedulerState(successes) }

  public mutating func restore(_ state: SchedulerState) throws(SchedulerError) {
    try successes.restore(rates: state.values, episodes: state.counts)
  }

  /// The value of `count` episodes of a task that is won with probability `rate`.
  static func value(_ count: Int, _ rate: Double) -> Double {
    let (n, q) = (Double(count), 1 - rate)
    return (1 - pow(rate, n) - pow(q, n)) * rate * q * q
  }

  /// What one more episode adds to `count` of them: (p^N (1 - p) + (1 - p)^N p) p (1 - p)^2.
  static func gain(_ count: Int, _ rate: Double) -> Double {
    let (n, q) = (Double(count), 1 - rate)
    return (pow(rate, n) * q + pow(q, n) * rate) * rate * q * q
  }

  /// The number of episodes of each task, which total `budget`.
  /// - Parameters:
  ///   - rates: [K] success rates.
  ///   - minimumRepeats: episodes that every task gets; fewer if the budget does not suffice.
  static func allocation(rates: [Double], budget: Int, minimumRepeats: Int) -> [Int] {
    let floor = min(minimumRepeats, budget / rates.count)
    var repeats = Array(repeating: floor, count: rates.count)
    var queue = GainQueue(rates.map { gain(floor, $0) })
    for _ in 0..<(budget - floor * rates.count) {
      let key = queue.best
      repeats[key] += 1
      queue.lower(to: gain(repeats[key], rates[key]))
    }
    return repeats
  }
}

/// The tasks by the gain of their next episode: a binary heap with the greatest gain, and of equal ones the task with the
/// fewest episodes, in front.
private struct GainQueue {
  private var items: [(gain: Double, taken: Int, key: Int)]

  init(_ gains: [Double]) {
    items = gains.enumerated().map { (-$1, 0, $0) }.sorted { $0 < $1 }
  }

  /// The task whose next episode gains most.
  var best: Int { items[0].key }

  /// Takes an episode of the best task, whose next one gains `gain`.
  mutating func lower(to gain: Double) {
    var item = items[0]
    item = (-gain, item.taken + 1, item.key)
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < items.count else { break }
      if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
      if item <= items[child] { break }
      items[place] = items[child]
      place = child
    }
    items[place] = item
  }
}
