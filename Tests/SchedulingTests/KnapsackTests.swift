import Runtime
import Testing

@testable import Scheduling

@Suite("Knapsack") struct KnapsackTests {
  /// The best total value by dynamic programming over tasks and episodes.
  private func bestValue(_ rates: [Double], budget: Int, floor: Int) -> Double {
    var best = [Double](repeating: -.infinity, count: budget + 1)
    best[0] = 0
    for rate in rates {
      var next = [Double](repeating: -.infinity, count: budget + 1)
      for used in 0...budget where best[used] > -.infinity {
        for count in floor...max(floor, budget - used) where used + count <= budget {
          next[used + count] = max(next[used + count], best[used] + KnapsackScheduler.value(count, rate))
        }
      }
      best = next
    }
    return best[budget]
  }

  @Test("The greedy allocation is as good as dynamic programming", arguments: 1...20 as ClosedRange<UInt64>)
  func greedyIsOptimal(seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    let rates = (0..<(2 + generator.below(6))).map { _ in Double(generator.uniform()) }
    let floor = generator.below(3)
    let budget = rates.count * floor + generator.below(40)
    let counts = KnapsackScheduler.allocation(rates: rates, budget: budget, minimumRepeats: floor)
    #expect(counts.reduce(0, +) == budget)
    #expect(counts.allSatisfy { $0 >= floor })
    let value = zip(counts, rates).reduce(0) { $0 + KnapsackScheduler.value($1.0, $1.1) }
    #expect(abs(value - bestValue(rates, budget: budget, floor: floor)) < 1e-9)
  }

  @Test("A gain is the difference of two values")
  func gains() {
    for rate in [0, 0.02, 0.3, 0.5, 0.97, 1] {
      for count in 0..<30 {
        let difference = KnapsackScheduler.value(count + 1, rate) - KnapsackScheduler.value(count, rate)
        #expect(abs(KnapsackScheduler.gain(count, rate) - difference) < 1e-12)
      }
    }
  }

  @Test("A mix of tasks in closed form: N(.05) = 15, N(.1) = 19, and the share of mixed groups rises from .211 to .288")
  func closedForm() {
    let rates = [1, 1, 1, 0, 0.02, 0.02, 0.05, 0.05, 0.1, 0.1]
    let counts = KnapsackScheduler.allocation(rates: rates, budget: 80, minimumRepeats: 2)
    #expect(counts == [2, 2, 2, 2, 2, 2, 15, 15, 19, 19])
    func mixed(_ counts: [Int]) -> Double {
      zip(counts, rates).reduce(0.0) { sum, task in
        let (n, p) = task
        let lost = (0..<n).reduce(1.0) { product, _ in product * (1 - p) }
        let won = (0..<n).reduce(1.0) { product, _ in product * p }
        return sum + (1 - lost - won) / 10
      }
    }
    #expect(abs(mixed(Array(repeating: 8, count: 10)) - 0.211) < 0.0005)
    #expect(abs(mixed(counts) - 0.288) < 0.0005)
  }

  @Test("Tasks that are always or never won get the floor, and share what nobody needs")
  func certainTasks() {
    #expect(KnapsackScheduler.allocation(rates: [0, 0.5, 1], budget: 30, minimumRepeats: 2) == [2, 26, 2])
    #expect(KnapsackScheduler.allocation(rates: [0, 1, 0], budget: 11, minimumRepeats: 2) == [4, 4, 3])
    #expect(KnapsackScheduler.allocation(rates: [0.5, 0.5, 0.5], budget: 2, minimumRepeats: 2) == [1, 1, 0])
  }

  @Test("A plan has the budget's episodes, whatever was noted")
  func plans() {
    var scheduler = KnapsackScheduler(keys: 5, weight: 0.1)
    var generator = RandomGenerator(seed: 3)
    for episode in 0..<200 {
      scheduler.note(EpisodeOutcome(key: episode % 7, succeeded: episode % 5 == 1))
      let plan = scheduler.plan(budget: 23, generator: &generator)
      #expect(plan.reduce(0) { $0 + $1.repeats } == 23)
      #expect(Set(plan.map(\.key)).count == plan.count)
    }
    // Key 1 is won most often, 0 and 2 to 4 as often as it happens; 5 and 6 are no keys.
    #expect(scheduler.successes.episodes.reduce(0, +) == 144)
  }
}
