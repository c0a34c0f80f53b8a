import IntrinsicReward
import Testing

@testable import Learner

struct UncertaintyWatchTests {
  private struct Model: RewardModel {
    var version = 0
    var uncertainties: [Float] = []
    mutating func learn(_ update: RewardUpdate) {}
    func score(_ caption: UInt32) -> Float? { nil }
  }

  @Test func theNewestIsReadOnce() {
    var watch = UncertaintyWatch()
    #expect(watch.newest(of: Model()) == nil)
    #expect(watch.newest(of: Model(version: 1, uncertainties: [0.5])) == [0.5])
    #expect(watch.newest(of: Model(version: 2, uncertainties: [0.25])) == [0.25])
    #expect(watch.newest(of: Model(version: 2, uncertainties: [0.125])) == nil)
    watch.isEnabled = false
    #expect(watch.newest(of: Model(version: 3, uncertainties: [0.125])) == nil)
  }
}
