import Runtime
import Testing

@testable import Scheduling

@Suite("Restart") struct RestartTests {
  private static let grid: [Float] = [0, 0.6, 0.9]

  @Test("The chance that a new start is better: a half where nothing has changed, without a unit")
  func chances() {
    #expect(RestartChance.value(start: 0.2, current: 0.2) == 0.5)
    #expect(abs(RestartChance.value(start: 0.9, current: 0.1) - 0.9) < 1e-6)
    #expect(RestartChance.value(start: 90, current: 10) == RestartChance.value(start: 9, current: 1))
    #expect(RestartChance.value(start: 1, current: -1) == 1)
    for start: Float in [0, -1, .nan, .infinity] { #expect(RestartChance.value(start: start, current: 0.1) == 0) }
    #expect(RestartChance.value(start: 1, current: .nan) == 0)
  }

  /// A world in which a share of the episodes is doomed after two steps. A doomed one lasts to step 60; another wins at
  /// step 10. What a threshold cuts says whether values can tell the doomed ones.
  private struct World {
    var doomed: Float = 0.5
    /// The chance of a better start that values say for a doomed and for another episode after two steps.
    var chances: (doomed: Float, other: Float)

    func play(_ threshold: Float, _ generator: inout RandomGenerator) -> (won: Bool, length: Int) {
      let isDoomed = generator.uniform() < doomed
      if threshold > 0, (isDoomed ? chances.doomed : chances.other) > threshold { return (false, 3) }
      return isDoomed ? (false, 60) : (true, 10)
    }
  }

  private func run(
    _ scheduler: inout RestartScheduler, _ world: World, plans: Int, _ generator: inout RandomGenerator
  ) -> [Float] {
    (0..<plans).map { _ in
      for entry in scheduler.plan(budget: 8 * 16, generator: &generator) {
        var group = GroupOutcome(key: entry.key, cutAbove: entry.cutAbove)
        for _ in 0..<entry.repeats {
          let (won, length) = world.play(entry.cutAbove, &generator)
          group.add(succeeded: won, length: length)
          scheduler.note(EpisodeOutcome(key: entry.key, succeeded: won))
        }
        scheduler.note(group)
      }
      return scheduler.chosenThreshold
    }
  }

  private func scheduler() -> RestartScheduler {
    RestartScheduler(keys: 4, weight: 0.1, repeats: 8, thresholds: Self.grid)
  }

  @Test("Values that tell the doomed episodes: the threshold that cuts only them is chosen", arguments: 1...5)
  func telling(seed: UInt64) {
    var (scheduler, generator) = (scheduler(), RandomGenerator(seed: seed))
    #expect(scheduler.chosenThreshold == 0)
    let world = World(chances: (doomed: 0.8, other: 0.3))
    #expect(run(&scheduler, world, plans: 6, &generator).suffix(4).allSatisfy { $0 == 0.6 })
  }

  @Test("Values that tell nothing, or the wrong episodes: no threshold that cuts is chosen", arguments: 1...5)
  func notTelling(seed: UInt64) {
    for (chances, harmful) in [((Float(0.95), Float(0.95)), [Float(0.6), 0.9]), ((0.3, 0.8), [0.6])] {
      var (scheduler, generator) = (scheduler(), RandomGenerator(seed: seed))
      let world = World(chances: (doomed: chances.0, other: chances.1))
      let chosen = run(&scheduler, world, plans: 6, &generator)
      #expect(chosen.allSatisfy { !harmful.contains($0) })
    }
  }

  @Test("A scheduler that has cut stops when cutting no longer pays") func changes() {
    var (scheduler, generator) = (scheduler(), RandomGenerator(seed: 9))
    _ = run(&scheduler, World(chances: (0.8, 0.3)), plans: 6, &generator)
    #expect(scheduler.chosenThreshold == 0.6)
    _ = run(&scheduler, World(chances: (0.3, 0.8)), plans: 8, &generator)
    #expect(scheduler.chosenThreshold != 0.6)
  }

  @Test("A plan has its episodes, all thresholds and all tasks, and nothing is cut before there is a win")
  func plans() {
    var (scheduler, generator) = (scheduler(), RandomGenerator(seed: 2))
    for budget in [1, 7, 8, 33, 128] {
      let entries = scheduler.plan(budget: budget, generator: &generator)
      #expect(entries.reduce(0) { $0 + $1.repeats } == budget)
      #expect(entries.allSatisfy { (1...8).contains($0.repeats) && Self.grid.contains($0.cutAbove) })
      if budget == 128 {
        #expect(Set(entries.map(\.key)) == Set(0..<4))
        #expect(Set(entries.map(\.cutAbove)) == Set(Self.grid))
        #expect(entries.suffix(8).allSatisfy { $0.cutAbove == 0 })
      }
    }
    var group = GroupOutcome(key: 0, cutAbove: 0.9)
    group.add(succeeded: false, length: 3)
    scheduler.note(group)
    #expect(scheduler.chosenThreshold == 0)
  }

  @Test("State is restored, and a state of another grid is refused") func state() throws {
    var (scheduler, generator) = (scheduler(), RandomGenerator(seed: 5))
    _ = run(&scheduler, World(chances: (0.8, 0.3)), plans: 3, &generator)
    var other = self.scheduler()
    try other.restore(scheduler.state)
    #expect(other.state == scheduler.state && other.chosenThreshold == scheduler.chosenThreshold)
    var same = generator
    #expect(other.plan(budget: 64, generator: &same) == scheduler.plan(budget: 64, generator: &generator))
    var wrong = scheduler.state
    wrong.settings.removeLast()
    #expect(throws: SchedulerError.self) { try other.restore(wrong) }
    wrong.settings.append(.nan)
    #expect(throws: SchedulerError.self) { try other.restore(wrong) }
    wrong.settings[0] = -1
    #expect(throws: SchedulerError.self) { try other.restore(wrong) }
  }
}
