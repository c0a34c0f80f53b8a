import IntrinsicReward
import Testing

@testable import Learner

struct UncertaintyBoxTests {
  private struct Model: RewardModel {
    var version = 0
    var uncertainties: [Float] = []
    mutating func learn(_ news: RewardNews) {}
    func score(_ caption: UInt32) -> Float? { nil }
  }

  @Test func theNewestIsTakenOnce() {
    let box = UncertaintyBox()
    box.update(from: Model())
    #expect(box.take() == nil)
    box.update(from: Model(version: 1, uncertainties: [.nan, 0.5]))
    box.update(from: Model(version: 2, uncertainties: [0.25]))
    #expect(box.take() == [0.25])
    box.update(from: Model(version: 2, uncertainties: [0.125]))
    #expect(box.take() == nil)
  }
}
