import Runtime

/// Chooses the temperature at which the policy acts so that exploration and exploitation are in balance (B-STaR, Zeng et al.
/// 2024). The score of a group of N episodes with n different wins is
///
///     min(n / n*, 1) n / N
///
/// which rises with the share of wins, and with their number until there are n* different ones. Half of each plan's groups
/// compare the temperatures of a grid, the others are played at the temperature with the best score. A temperature's score is
/// the mean over the groups of a plan, averaged with that of the plan before, so that an old score is soon forgotten.
///
/// Wins of different lengths count as different. The paper also chooses the threshold above which an answer is trained on;
/// here every episode is trained on, so that there is none.
public struct BalanceScheduler: TaskScheduler {
  public private(set) var successes: SuccessTable
  /// The grid, ascending.
  let temperatures: [Float]
  /// [G] score of each temperature up to the latest plan; negative before the first.
  private var scores: [Double]
  /// [G] sum and number of the scores of groups that have ended since then.
  private var sums: [Double]
  private var counts: [Double]
  private let repeats: Int
  /// n*.
  private let wins: Int

  /// Share of a plan's groups that are played to compare the temperatures.
  static let probedShare = 0.5
  /// Weight of the newest plan in a temperature's score.
  static let newestWeight = 0.6
  /// The score of a temperature that was not tried.
  private static let unknown = -1.0

  /// - Parameters:
  ///   - keys: number of tasks.
  ///   - weight: see `SuccessTable`.
  ///   - repeats: episodes of each group, at least 1.
  ///   - temperatures: the grid, not empty, each above 0.
  ///   - wins: n*, at least 1.
  public init(keys: Int, weight: Double, repeats: Int, temperatures: [Float], wins: Int) {
    precondition(!temperatures.isEmpty && temperatures.allSatisfy { $0 > 0 } && wins > 0, "a grid of temperatures")
    successes = SuccessTable(keys: keys, weight: weight)
    self.temperatures = temperatures.sorted()
    scores = Array(repeating: Self.unknown, count: temperatures.count)
    sums = Array(repeating: 0, count: temperatures.count)
    counts = sums
    self.repeats = repeats
    self.wins = wins
  }

  public mutating func note(_ outcome: EpisodeOutcome) {
    successes.note(outcome.key, succeeded: outcome.succeeded)
  }

  public mutating func note(_ group: GroupOutcome) {
    guard let index = temperatures.firstIndex(of: group.temperature) else { return }
    sums[index] += Self.score(group, wins: wins)
    counts[index] += 1
  }

  /// [G] scores with the groups of the current plan.
  private var newest: [Double] {
    scores.indices.map { index in
      guard counts[index] > 0 else { return scores[index] }
      let mean = sums[index] / counts[index]
      return scores[index] < 0 ? mean : scores[index] + Self.newestWeight * (mean - scores[index])
    }
  }

  /// The score of a group.
  static func score(_ group: GroupOutcome, wins: Int) -> Double {
    let different = Double(group.differentWins)
    return min(different / Double(wins), 1) * different / Double(max(1, group.episodes))
  }

  /// The temperature with the best score; of equal ones, and before anything was tried, the one nearest to 1.
  public var chosen: Float {
    let newest = newest
    let best = newest.max() ?? Self.unknown
    let candidates = zip(temperatures, newest).filter { $0.1 == best }.map(\.0)
    return candidates.min { abs($0 - 1) < abs($1 - 1) } ?? 1
  }

  public mutating func plan(budget: Int, generator: inout RandomGenerator) -> [ScheduledTask] {
    let groups = (budget + repeats - 1) / repeats
    let probes = min(groups, max(temperatures.count, Int(Double(groups) * Self.probedShare)))
    let chosen = chosen
    scores = newest
    for index in scores.indices { (sums[index], counts[index]) = (0, 0) }
    var keys: [Int] = []
    var rest = budget
    var entries: [ScheduledTask] = []
    for group in 0..<groups {
      if keys.isEmpty { keys = (0..<successes.keys).shuffled(using: &generator) }
      let temperature = group < probes ? temperatures[group % temperatures.count] : chosen
      entries.append(
        ScheduledTask(key: keys.removeLast(), repeats: min(repeats, rest), temperature: temperature))
      rest -= repeats
    }
    return entries
  }

  public var state: SchedulerState {
    var state = SchedulerState(successes)
    state.settings = scores + sums + counts
    return state
  }

  public mutating func restore(_ state: SchedulerState) throws(SchedulerError) {
    let (grid, numbers) = (scores.count, state.settings)
    guard numbers.count == 3 * grid, numbers.prefix(grid).allSatisfy((Self.unknown...1).contains),
      numbers.dropFirst(grid).allSatisfy((0...SuccessTable.maximumCount).contains)
    else { throw SchedulerError("it has scores of other temperatures") }
    try successes.restore(rates: state.values, episodes: state.counts)
    scores = Array(numbers[..<grid])
    sums = Array(numbers[grid..<2 * grid])
    counts = Array(numbers[(2 * grid)...])
  }
}
