import Testing

@testable import Telemetry

@Suite struct FactWindowTests {
  @Test func meansAreOverTheLastEpisodes() {
    var window = FactWindow(capacity: 3)
    #expect(window.means.isEmpty)
    // The third part fills the window, so that the oldest leaves; ten at once are all that is left.
    for (sum, count, mean) in [(1.0, 1, 1.0), (5, 2, 2), (4, 1, 3), (20, 10, 2)] {
      let isTaken = window.record("deepest level", sum: sum, count: count)
      #expect(isTaken && window.means == ["deepest_level": mean])
    }
  }

  @Test func namesAreBounded() {
    var window = FactWindow(capacity: 1)
    let taken = (0...FactWindow.maximumNames).map { window.record("fact \($0)", sum: 1, count: 1) }
    #expect(taken.count { $0 } == FactWindow.maximumNames && taken.last == false)
    let (again, none) = (window.record("fact 0", sum: 2, count: 1), window.record("fact 0", sum: 2, count: 0))
    #expect(again && !none && window.means["fact_0"] == 2)
  }
}
