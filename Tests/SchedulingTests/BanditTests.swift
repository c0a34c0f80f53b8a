import Runtime
import Testing

@testable import Scheduling

@Suite("Bandits") struct BanditTests {
  /// What is lost within 500 pulls against always pulling the best of five arms, whose rewards are 0 or 1.
  private func regret(seed: UInt64, _ choose: (_ means: [Double], inout RandomGenerator) -> Int) -> Double {
    var generator = RandomGenerator(seed: seed)
    let truth = (0..<5).map { _ in Double(generator.uniform()) }
    var (sums, counts) = ([Double](repeating: 0, count: 5), [Double](repeating: 0, count: 5))
    var lost = 0.0
    for _ in 0..<500 {
      let arm = choose(zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }, &generator)
      sums[arm] += Double(generator.uniform()) < truth[arm] ? 1 : 0
      counts[arm] += 1
      lost += (truth.max() ?? 0) - truth[arm]
    }
    return lost
  }

  @Test("UCB1 regrets less than uniform and greedy choices; the oracle regrets nothing")
  func regrets() {
    var totals = (ucb: 0.0, uniform: 0.0, greedy: 0.0, oracle: 0.0)
    for seed in 0..<200 as Range<UInt64> {
      var bandit = UpperConfidence(arms: 5, alpha: 0.5)
      totals.ucb += regret(seed: seed) { means, _ in
        let arm = bandit.best(means)
        bandit.choose(arm)
        return arm
      }
      totals.uniform += regret(seed: seed) { _, generator in generator.below(5) }
      var tried = 0
      totals.greedy += regret(seed: seed) { means, _ in
        defer { tried += 1 }
        return tried < 5 ? tried : means.indices.max { means[$0] < means[$1] } ?? 0
      }
      var generator = RandomGenerator(seed: seed)
      let truth = (0..<5).map { _ in generator.uniform() }
      totals.oracle += regret(seed: seed) { _, _ in truth.indices.max { truth[$0] < truth[$1] } ?? 0 }
    }
    #expect(totals.ucb < 0.8 * totals.greedy)
    #expect(totals.ucb < 0.3 * totals.uniform)
    #expect(abs(totals.oracle) < 1e-9)
  }

  @Test("Regret grows more slowly than the pulls: a slope below 1 on logarithmic axes")
  func slope() {
    func total(pulls: Int) -> Double {
      (0..<100 as Range<UInt64>).reduce(0) { sum, seed in
        var generator = RandomGenerator(seed: seed)
        let truth = [0.2, 0.5, 0.8]
        var bandit = UpperConfidence(arms: 3, alpha: 0.5)
        var sums = [0.0, 0, 0]
        var lost = 0.0
        for _ in 0..<pulls {
          let arm = bandit.best(zip(sums, bandit.counts).map { $1 > 0 ? $0 / $1 : 0 })
          bandit.choose(arm)
          sums[arm] += Double(generator.uniform()) < truth[arm] ? 1 : 0
          lost += 0.8 - truth[arm]
        }
        return sum + lost
      }
    }
    // Ten times the pulls cost less than three times the regret.
    #expect(total(pulls: 2_000) < 3 * total(pulls: 200))
  }

  /// Groups of each of four tasks in 100 plans. The success of task 1 rises with its episodes; task 0 is always won, tasks 2
  /// and 3 never.
  private func shares(_ scheduler: any TaskScheduler, seed: UInt64) -> [Double] {
    var scheduler = scheduler
    var generator = RandomGenerator(seed: seed)
    var (played, groups) = ([0, 0, 0, 0], [0.0, 0, 0, 0])
    for _ in 0..<100 {
      for entry in scheduler.plan(budget: 32, generator: &generator) {
        groups[entry.key] += 1
        for _ in 0..<entry.repeats {
          let probability = [1, min(1, Float(played[1]) / 4_000), 0, 0][entry.key]
          scheduler.note(EpisodeOutcome(key: entry.key, succeeded: generator.uniform() < probability))
          played[entry.key] += 1
        }
      }
    }
    return groups
  }

  @Test("The task that makes progress gets most of the episodes", arguments: 1...5 as ClosedRange<UInt64>)
  func followsProgress(seed: UInt64) {
    let groups = shares(BanditScheduler(keys: 4, weight: 0.05, repeats: 8), seed: seed)
    #expect(groups[1] > 0.4 * groups.reduce(0, +))
    #expect(groups.allSatisfy { $0 > 0.01 * groups.reduce(0, +) })
    let uniform = shares(UniformScheduler(keys: 4, weight: 0.05), seed: seed)
    #expect(uniform == [100, 100, 100, 100])
  }

  @Test("Arms that were never chosen come first")
  func unplayed() {
    var bandit = UpperConfidence(arms: 3)
    var chosen: [Int] = []
    for _ in 0..<3 {
      chosen.append(bandit.best([1, 0, 0]))
      bandit.choose(chosen[chosen.count - 1])
    }
    #expect(chosen == [0, 1, 2])
  }
}
