import Runtime

/// Chooses the chance of a better new start above which an episode is cut, so that steps bring most wins.
///
/// Half of each plan's groups compare the thresholds of a grid, the others are played with the best one. The score of a
/// threshold is its wins divided by its steps, as a renewal process earns them: what a cut saves counts, and what it loses
/// too. Both sums fade from plan to plan, because values and policy change.
///
/// The threshold 0 never cuts. It is always compared, so that some episodes show what becomes of those that promise little.
public struct RestartScheduler: TaskScheduler {
  public private(set) var successes: SuccessTable
  /// The grid, ascending; begins with 0.
  let thresholds: [Float]
  /// [G] wins and steps of each threshold, faded.
  private var wins: [Double]
  private var steps: [Double]
  private let repeats: Int

  /// Share of a plan's groups that are played to compare the thresholds.
  static let probedShare = 0.5
  /// What is left of the sums at the next plan.
  static let fading = 0.7

  /// - Parameters:
  ///   - keys: number of tasks.
  ///   - weight: see `SuccessTable`.
  ///   - repeats: episodes of each group, at least 1.
  ///   - thresholds: the grid, from 0 to 1, one of them 0.
  public init(keys: Int, weight: Double, repeats: Int, thresholds: [Float]) {
    precondition(thresholds.contains(0) && thresholds.allSatisfy { 0...1 ~= $0 }, "a grid of thresholds with 0")
    successes = SuccessTable(keys: keys, weight: weight)
    self.thresholds = Set(thresholds).sorted()
    wins = Array(repeating: 0, count: self.thresholds.count)
    steps = wins
    self.repeats = repeats
  }

  public mutating func note(_ outcome: EpisodeOutcome) {
    successes.note(outcome.key, succeeded: outcome.succeeded)
  }

  public mutating func note(_ group: GroupOutcome) {
    guard let index = thresholds.firstIndex(of: group.cutAbove) else { return }
    wins[index] += Double(group.wins)
    steps[index] += Double(group.steps)
  }

  /// The threshold with the most wins a step; of equal ones the one that cuts least, so that without a win nothing is cut.
  public var chosenThreshold: Float {
    var best = (threshold: Float(0), rate: rate(0))
    for index in thresholds.indices.dropFirst().reversed() where rate(index) > best.rate {
      best = (thresholds[index], rate(index))
    }
    return best.threshold
  }

  private func rate(_ index: Int) -> Double { steps[index] > 0 ? wins[index] / steps[index] : 0 }

  public mutating func plan(budget: Int, generator: inout RandomGenerator) -> [ScheduledTask] {
    let groups = (budget + repeats - 1) / repeats
    let probes = min(groups, max(thresholds.count, Int(Double(groups) * Self.probedShare)))
    let chosen = chosenThreshold
    for index in thresholds.indices {
      wins[index] *= Self.fading
      steps[index] *= Self.fading
    }
    // A probe's place in the order says nothing about its threshold, so that all thresholds meet all tasks.
    let turn = generator.below(thresholds.count)
    var keys: [Int] = []
    var rest = budget
    var entries: [ScheduledTask] = []
    for group in 0..<groups {
      if keys.isEmpty { keys = (0..<successes.keys).shuffled(using: &generator) }
      let threshold = group < probes ? thresholds[(group + turn) % thresholds.count] : chosen
      entries.append(ScheduledTask(key: keys.removeLast(), repeats: min(repeats, rest), cutAbove: threshold))
      rest -= repeats
    }
    return entries
  }

  public var state: SchedulerState {
    var state = SchedulerState(successes)
    state.settings = wins + steps
    return state
  }

  public mutating func restore(_ state: SchedulerState) throws(SchedulerError) {
    let (grid, numbers) = (thresholds.count, state.settings)
    guard numbers.count == 2 * grid, numbers.allSatisfy((0...SuccessTable.maximumCount).contains) else {
      throw SchedulerError("it has sums of other thresholds")
    }
    try successes.restore(rates: state.values, episodes: state.counts)
    wins = Array(numbers[..<grid])
    steps = Array(numbers[grid...])
  }
}
