import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct RewardScheduleTests {
  private var schedule = RewardSchedule(stepsPerArrival: 32, stepsPerUpdate: 0, arrivalLimit: 100)

  @Test mutating func anArrivalOwesItsSteps() {
    #expect(schedule.owed == 0)
    schedule.labelsArrived(labelled: 10)
    #expect(schedule.owed == 32)
    for _ in 0..<30 { schedule.tookStep() }
    #expect(schedule.owed == 2)
    // Labels that arrive meanwhile count as one arrival with the remaining steps.
    schedule.labelsArrived(labelled: 20)
    schedule.labelsArrived(labelled: 30)
    #expect(schedule.owed == 32)
    for _ in 0..<40 { schedule.tookStep() }
    #expect(schedule.owed == 0)
  }

  @Test mutating func fewLabelsDoNotFollowThePolicy() {
    schedule.policyUpdated(labelled: 99)
    #expect(schedule.owed == 0)
  }

  @Test mutating func manyLabelsFollowThePolicy() {
    schedule.labelsArrived(labelled: 100)
    #expect(schedule.owed == 0)
    schedule.policyUpdated(labelled: 100)
    schedule.policyUpdated(labelled: 100)
    #expect(schedule.owed == 2)
    for _ in 0..<100 { schedule.policyUpdated(labelled: 100) }
    #expect(schedule.owed == 32)
  }

  /// With arrivals alone, the model of a small task would stay untrained.
  @Test func updatesCountFromTheFirstLabelOn() {
    var schedule = RewardSchedule(stepsPerArrival: 32, stepsPerUpdate: 2, arrivalLimit: 100)
    schedule.policyUpdated(labelled: 0)
    #expect(schedule.owed == 0)
    schedule.policyUpdated(labelled: 1)
    #expect(schedule.owed == 2)
    schedule.labelsArrived(labelled: 2)
    schedule.policyUpdated(labelled: 2)
    #expect(schedule.owed == 32)
  }

  @Test func everyPlaceIsDrawnOnceAnEpoch() {
    var draw = ShuffledDraw()
    var generator = RandomGenerator(seed: 1)
    let epochs = (0..<3).map { _ in (0..<50).map { _ in draw.next(of: 50, &generator) } }
    #expect(epochs.allSatisfy { $0.sorted() == Array(0..<50) })
    #expect(Set(epochs).count == 3)
    // Elements added during a round are drawn in it.
    let begun = (0..<20).map { _ in draw.next(of: 50, &generator) }
    let rest = (0..<40).map { _ in draw.next(of: 60, &generator) }
    #expect((begun + rest).sorted() == Array(0..<60))
  }
}
