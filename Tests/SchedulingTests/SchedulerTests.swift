import Runtime
import Testing

@testable import Scheduling

@Suite("Schedulers") struct SchedulerTests {
  private static let makers: [@Sendable () -> any TaskScheduler] = [
    { UniformScheduler(keys: 6, weight: 0.1) }, { KnapsackScheduler(keys: 6, weight: 0.1) },
    { BanditScheduler(keys: 6, weight: 0.1, repeats: 4) },
  ]

  /// Plays `count` plans whose tasks are won with the probabilities 0, .1, ... .5.
  private func play(_ scheduler: inout any TaskScheduler, plans count: Int, _ generator: inout RandomGenerator)
    -> [[ScheduledTask]]
  {
    (0..<count).map { _ in
      let plan = scheduler.plan(budget: 26, generator: &generator)
      for entry in plan {
        for _ in 0..<entry.repeats {
          let succeeded = generator.uniform() < 0.1 * Float(entry.key)
          scheduler.note(EpisodeOutcome(key: entry.key, succeeded: succeeded))
        }
      }
      return plan
    }
  }

  @Test("A plan has the budget's episodes", arguments: makers.indices)
  func budgets(maker: Int) {
    var scheduler = Self.makers[maker]()
    var generator = RandomGenerator(seed: 5)
    for plan in play(&scheduler, plans: 30, &generator) {
      #expect(plan.reduce(0) { $0 + $1.repeats } == 26)
      #expect(plan.allSatisfy { (0..<6).contains($0.key) && $0.repeats > 0 && $0.temperature == 1 })
    }
  }

  @Test("A restored scheduler plans as the saved one does", arguments: makers.indices)
  func restores(maker: Int) throws {
    var first = Self.makers[maker]()
    var generator = RandomGenerator(seed: 9)
    _ = play(&first, plans: 10, &generator)
    var second = Self.makers[maker]()
    try second.restore(first.state)
    var same = generator
    #expect(play(&first, plans: 10, &generator) == play(&second, plans: 10, &same))
    #expect(first.state == second.state)
  }

  @Test("A state of other tasks, or one that no scheduler has, is refused", arguments: makers.indices)
  func refuses(maker: Int) {
    var scheduler = Self.makers[maker]()
    let good = scheduler.state
    var other = good
    other.values.append(0.5)
    #expect(throws: SchedulerError.self) { try scheduler.restore(other) }
    other = good
    other.values[0] = .nan
    #expect(throws: SchedulerError.self) { try scheduler.restore(other) }
    other = good
    other.counts[0] = -1
    #expect(throws: SchedulerError.self) { try scheduler.restore(other) }
    #expect(throws: SchedulerError.self) { try scheduler.restore(SchedulerState()) }
  }

  @Test("A task's rate is the moving average of its episodes")
  func rates() {
    var table = SuccessTable(keys: 2, weight: 0.25)
    for succeeded in [true, false, false, true] { table.note(1, succeeded: succeeded) }
    var expected = 0.5
    for outcome in [1.0, 0, 0, 1] { expected = 0.75 * expected + 0.25 * outcome }
    #expect(abs(table.rates[1] - expected) < 1e-12)
    #expect(table.rates[0] == 0.5 && table.episodes == [0, 4])
    var means = SuccessTable(keys: 1, weight: 0.25, averagesFirst: true)
    for (succeeded, rate) in [(true, 1), (false, 0.5), (false, 1 / 3.0), (true, 0.5), (true, 0.625)] {
      means.note(0, succeeded: succeeded)
      #expect(abs(means.rates[0] - rate) < 1e-12)
    }
    table.note(2, succeeded: true)
    table.note(-1, succeeded: true)
    #expect(table.episodes == [0, 4])
  }
}
