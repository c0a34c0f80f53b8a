import Testing

@testable import IntrinsicReward

@Suite struct WorkBudgetTests {
  /// Works and rests until `end`.
  /// - Returns: the CPU seconds of work.
  private func work(_ budget: inout WorkBudget, piece: Double, from start: Double, to end: Double) -> Double {
    var (now, spent) = (start, 0.0)
    while now < end {
      now += piece
      spent += piece
      now += budget.rest(after: piece, now: now)
    }
    return spent
  }

  @Test func theReserveIsSpentWithoutARest() {
    var budget = WorkBudget(share: 0.1, now: 100)
    #expect(budget.rest(after: WorkBudget.reserveSeconds / 2, now: 100) == 0)
    #expect(budget.rest(after: WorkBudget.reserveSeconds / 2, now: 100) == 0)
    #expect(budget.rest(after: 0.1, now: 100) > 0)
  }

  @Test(arguments: [0.05, 0.1, 0.5, 1], [0.01, 0.3])
  func inTheLongRunTheShareIsKept(share: Double, piece: Double) {
    var budget = WorkBudget(share: share, now: 0)
    let spent = work(&budget, piece: piece, from: 0, to: 1000)
    #expect(spent <= 1000 * share + WorkBudget.reserveSeconds + piece)
    #expect(spent >= 1000 * share - piece)
  }

  @Test func aQuietTimeFillsTheReserveAndNoMore() {
    var budget = WorkBudget(share: 0.1, now: 0)
    _ = work(&budget, piece: 0.1, from: 0, to: 50)
    #expect(budget.rest(after: 0, now: 10_000) == 0)
    #expect(budget.rest(after: WorkBudget.reserveSeconds, now: 10_000) == 0)
    #expect(abs(budget.rest(after: 0.1, now: 10_000) - 1) < 1e-9)
  }
}
