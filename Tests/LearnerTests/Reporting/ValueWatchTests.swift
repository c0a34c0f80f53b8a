import Testing

@testable import Learner

/// When the learner warns that returns are too large for the values.
@Suite struct ValueWatchTests {
  private func warnings(
    _ watch: inout ValueWatch, _ updates: Int, loss: Double, explained: Double = 0
  ) -> [String] {
    (0..<updates).compactMap { _ in watch.observe(valueLoss: loss, explainedVariance: explained) }
  }

  @Test func largeErrorsThatStayAreSaidOnce() {
    var watch = ValueWatch(valueClip: 1, scale: 1)
    #expect(warnings(&watch, ValueWatch.patience, loss: 9).isEmpty)
    let said = warnings(&watch, 100, loss: 9)
    #expect(said.count == 1 && said[0].contains("wrong by 3,") && said[0].contains("extrinsic_scale = 0.1 "))
  }

  @Test func valuesThatAreLearnedOrSmallAreNot() {
    var watch = ValueWatch(valueClip: 1, scale: 1)
    #expect(warnings(&watch, 100, loss: 3.9).isEmpty)
    #expect(warnings(&watch, 100, loss: 900, explained: 0.5).isEmpty)
    // A good update in between starts the count again.
    #expect(warnings(&watch, ValueWatch.patience, loss: 9).isEmpty)
    #expect(warnings(&watch, 1, loss: 0).isEmpty)
    #expect(warnings(&watch, ValueWatch.patience, loss: 9).isEmpty)
    var nothing = ValueWatch(valueClip: 1, scale: 1)
    #expect(warnings(&nothing, 100, loss: .nan).isEmpty)
  }
}
