/// The success rate of each task, as an exponential moving average over its episodes that begins at 1/2.
public struct SuccessTable: Sendable, Equatable {
  /// What is assumed of a task that was never played.
  public static let prior = 0.5

  /// [K] estimates from 0 to 1.
  public private(set) var rates: [Double]
  /// [K] episodes that were noted.
  public private(set) var episodes: [Double]
  /// Weight of the newest episode.
  public let weight: Double
  /// Whether the first episodes are averaged instead of moving slowly away from 1/2.
  private let averagesFirst: Bool

  /// - Parameters:
  ///   - keys: K, at least 1.
  ///   - weight: of the newest episode, above 0 and at most 1. About the last 1 / weight episodes count.
  ///   - averagesFirst: whether a rate is the mean of its episodes until there are 1 / weight of them.
  public init(keys: Int, weight: Double, averagesFirst: Bool = false) {
    precondition(keys > 0 && weight > 0 && weight <= 1, "a table has tasks and a weight above 0")
    rates = Array(repeating: Self.prior, count: keys)
    episodes = Array(repeating: 0, count: keys)
    self.weight = weight
    self.averagesFirst = averagesFirst
  }

  /// Number of tasks.
  public var keys: Int { rates.count }

  /// Takes in an episode of a task; ignores keys that the table does not have.
  public mutating func note(_ key: Int, succeeded: Bool) {
    guard rates.indices.contains(key) else { return }
    let weight = averagesFirst ? max(weight, 1 / (episodes[key] + 1)) : weight
    rates[key] += weight * ((succeeded ? 1 : 0) - rates[key])
    episodes[key] += 1
  }

  /// Mean over the tasks, whatever their share of the episodes.
  public var mean: Double { rates.reduce(0, +) / Double(rates.count) }

  /// Shares of the tasks whose rate is below a tenth, from a tenth to nine tenths, and above.
  public var shares: (lost: Double, mixed: Double, won: Double) {
    let lost = rates.count { $0 < Self.hard }
    let won = rates.count { $0 > 1 - Self.hard }
    let all = Double(rates.count)
    return (Double(lost) / all, Double(rates.count - lost - won) / all, Double(won) / all)
  }

  private static let hard = 0.1

  /// Continues from saved estimates.
  /// - Throws: `SchedulerError` if they are not of as many tasks, or no rates and counts.
  public mutating func restore(rates: [Double], episodes: [Double]) throws(SchedulerError) {
    guard rates.count == keys, episodes.count == keys else {
      throw SchedulerError("it has \(rates.count) tasks, and plan.keys is \(keys)")
    }
    guard rates.allSatisfy((0...1).contains), episodes.allSatisfy((0...Self.maximumCount).contains) else {
      throw SchedulerError("it has a success rate that is not from 0 to 1, or a count below 0")
    }
    self.rates = rates
    self.episodes = episodes
  }

  /// More than any run has.
  static let maximumCount = 1e15
}
