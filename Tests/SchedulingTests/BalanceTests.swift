import Glibc
import Runtime
import Testing

@testable import Scheduling

@Suite("Balance") struct BalanceTests {
  private static let grid: [Float] = [0.5, 0.7, 1, 1.4]

  @Test("The score of a group: wins that differ, as a share and up to n*")
  func scores() {
    func score(_ wins: [Int], of episodes: Int) -> Double {
      var group = GroupOutcome(key: 0)
      for length in wins { group.add(succeeded: true, length: length) }
      for _ in wins.count..<episodes { group.add(succeeded: false, length: 9) }
      return BalanceScheduler.score(group, wins: 4)
    }
    #expect(score([], of: 8) == 0)
    #expect(score([5, 5, 5, 5], of: 8) == 0.25 / 8)
    #expect(score([5, 6], of: 8) == 0.5 * 2 / 8)
    #expect(score([5, 6, 7, 8, 9, 10, 11, 12], of: 8) == 1)
  }

  /// A policy over twelve ways to the goal, each of its own length, and twelve ways to lose. Its logits favour the first way by
  /// `sharpness`; losing is likely once the logits are flat.
  private struct Policy {
    var sharpness: Double

    func play(_ temperature: Float, _ generator: inout RandomGenerator) -> (won: Bool, length: Int) {
      let others: [Double] = (1..<12).map { way in sharpness * (1.5 - 0.02 * Double(way)) }
      let logits: [Double] = [2 * sharpness] + others + Array(repeating: 0, count: 12)
      let weights = logits.map { exp($0 / Double(temperature)) }
      var rest = Double(generator.uniform()) * weights.reduce(0, +)
      for (way, weight) in weights.enumerated() {
        rest -= weight
        if rest <= 0 { return (way < 12, 10 + way) }
      }
      return (false, 50)
    }
  }

  /// Plays `cycles` plans and returns the chosen temperature after each, and the mean score of the groups that were not probes.
  private func run(
    _ scheduler: inout BalanceScheduler, _ policy: Policy, cycles: Int, _ generator: inout RandomGenerator
  ) -> (chosen: [Float], score: Double) {
    var (chosen, sum, count) = ([Float](), 0.0, 0.0)
    for _ in 0..<cycles {
      let current = scheduler.chosen
      for entry in scheduler.plan(budget: 8 * 16, generator: &generator) {
        var group = GroupOutcome(key: entry.key, temperature: entry.temperature)
        for _ in 0..<entry.repeats {
          let (won, length) = policy.play(entry.temperature, &generator)
          group.add(succeeded: won, length: length)
          scheduler.note(EpisodeOutcome(key: entry.key, succeeded: won))
        }
        scheduler.note(group)
        guard entry.temperature == current else { continue }
        sum += BalanceScheduler.score(group, wins: 4)
        count += 1
      }
      chosen.append(scheduler.chosen)
    }
    return (chosen, sum / count)
  }

  private func scheduler(_ grid: [Float] = BalanceTests.grid) -> BalanceScheduler {
    BalanceScheduler(keys: 16, weight: 0.1, repeats: 8, temperatures: grid, wins: 4)
  }

  @Test("When entropy collapses the temperature rises within two plans", arguments: 1...10 as ClosedRange<UInt64>)
  func collapse(seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    var scheduler = scheduler()
    // Before: flat logits, of which a low temperature makes the best.
    let before = run(&scheduler, Policy(sharpness: 0.5), cycles: 10, &generator).chosen.last ?? 0
    // After: one way is all that is played at that temperature.
    let after = run(&scheduler, Policy(sharpness: 5), cycles: 2, &generator).chosen
    #expect(before < 1.4)
    #expect(after.contains { $0 > before })
  }

  @Test("Its score is that of the best fixed temperature, less two points at most", arguments: [2.0, 4, 8])
  func asGoodAsTheBestFixed(sharpness: Double) {
    var (own, best) = (0.0, [Double](repeating: 0, count: Self.grid.count))
    for seed in 1...20 as ClosedRange<UInt64> {
      var generator = RandomGenerator(seed: seed)
      var adaptive = scheduler()
      own += run(&adaptive, Policy(sharpness: sharpness), cycles: 40, &generator).score / 20
      for (index, temperature) in Self.grid.enumerated() {
        var fixed = scheduler([temperature])
        best[index] += run(&fixed, Policy(sharpness: sharpness), cycles: 40, &generator).score / 20
      }
    }
    #expect(own >= (best.max() ?? 0) - 0.02)
  }

  @Test("A plan compares all temperatures, and plays most groups at the chosen one")
  func plans() {
    var scheduler = scheduler()
    var generator = RandomGenerator(seed: 1)
    let plan = scheduler.plan(budget: 128, generator: &generator)
    #expect(plan.reduce(0) { $0 + $1.repeats } == 128)
    #expect(Set(plan.prefix(4).map(\.temperature)) == Set(Self.grid))
    #expect(plan.dropFirst(8).allSatisfy { $0.temperature == 1 })
    #expect(Set(plan.map(\.key)).count == 16)
  }

  @Test("A restored scheduler chooses as the saved one does; scores of other temperatures are refused")
  func restores() throws {
    var (first, second) = (scheduler(), scheduler())
    var generator = RandomGenerator(seed: 4)
    _ = run(&first, Policy(sharpness: 5), cycles: 5, &generator)
    try second.restore(first.state)
    var same = generator
    #expect(first.plan(budget: 100, generator: &generator) == second.plan(budget: 100, generator: &same))
    #expect(second.chosen == first.chosen)
    var shorter = scheduler([1])
    #expect(throws: SchedulerError.self) { try shorter.restore(first.state) }
    var broken = first.state
    broken.settings[0] = .nan
    #expect(throws: SchedulerError.self) { try second.restore(broken) }
  }
}
