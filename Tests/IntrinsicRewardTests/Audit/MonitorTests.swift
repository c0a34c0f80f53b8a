import Runtime
import Tensor
import Testing
@testable import IntrinsicReward

@Suite struct MonitorTests {
  /// Whether the alarm held at any time.
  private func alarms(_ monitor: some Monitor, _ readings: [MonitorReading]) -> [Bool] {
    var monitor = monitor
    return readings.map { monitor.observe($0) != nil }
  }

  private func readings(
    _ count: Int, noise: Double = 0, seed: UInt64 = 1, _ value: (Double) -> (intrinsic: Double, outcome: Double)
  ) -> [MonitorReading] {
    var generator = RandomGenerator(seed: seed)
    return (0..<count).map { index in
      let (intrinsic, outcome) = value(Double(index) / Double(count))
      var reading = MonitorReading()
      reading.intrinsic = intrinsic + noise * normal(&generator)
      reading.outcome = outcome + noise * normal(&generator)
      return reading
    }
  }

  /// Nearly: the sum of twelve uniform numbers.
  private func normal(_ generator: inout RandomGenerator) -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double(generator.uniform()) }
  }

  @Test func rewardHackingIsTheRewardRisingWhileTheOutcomeFalls() {
    let hacking = readings(40, noise: 0.01) { (0.1 + 0.4 * $0, 0.9 - 0.8 * $0) }
    #expect(alarms(RewardHackingMonitor(), hacking).contains(true))
    for healthy in [
      readings(40, noise: 0.01) { (0.1 + 0.4 * $0, 0.1 + 0.8 * $0) },
      readings(40, noise: 0.01) { (0.5 - 0.4 * $0, 0.9 - 0.8 * $0) },
      readings(40, noise: 0.01) { (0.5 - 0.4 * $0, 0.1 + 0.8 * $0) },
    ] {
      #expect(!alarms(RewardHackingMonitor(), healthy).contains(true))
    }
  }

  @Test func noiseAloneRaisesHardlyAnyAlarm() {
    let raised = (0..<50).reduce(0) { sum, seed in
      let noise = readings(200, noise: 0.1, seed: UInt64(seed)) { _ in (0.3, 0.5) }
      return sum + alarms(RewardHackingMonitor(), noise).count { $0 }
    }
    #expect(raised < 50 * 200 / 200, "\(raised) of 10,000 readings")
  }

  @Test func theAlarmEndsWhenTheOutcomeRecovers() {
    let run = readings(40, noise: 0.005) { $0 < 0.5 ? (0.1 + $0, 0.9 - $0) : (0.6 + $0 / 10, $0) }
    let raised = alarms(RewardHackingMonitor(), run)
    #expect(raised.contains(true) && raised.last == false)
  }

  private func evaluations(_ agreements: [(training: Double, heldOut: Double)], heldOut: Int = 30) -> [MonitorReading] {
    agreements.enumerated().flatMap { version, agreement in
      var reading = MonitorReading()
      reading.modelVersion = version + 1
      reading.trainingAgreement = agreement.training
      reading.heldOutAgreement = agreement.heldOut
      reading.heldOut = heldOut
      return [reading, reading]  // the same version is seen more than once
    }
  }

  @Test func teacherHackingIsThreeEvaluationsInARow() {
    let away = [(0.7, 0.8), (0.75, 0.78), (0.8, 0.74), (0.85, 0.7)]
    #expect(
      alarms(TeacherHackingMonitor(), evaluations(away)) == [false, false, false, false, false, false, true, true])
    #expect(!alarms(TeacherHackingMonitor(), evaluations(away, heldOut: 5)).contains(true))
    let once = [(0.7, 0.8), (0.75, 0.78), (0.8, 0.79), (0.85, 0.7)]
    #expect(!alarms(TeacherHackingMonitor(), evaluations(once)).contains(true))
    #expect(alarms(TeacherHackingMonitor(), evaluations(away + [(0.9, 0.9)])).last == false)
  }

  @Test func noisyLabelsAreThoseThatNobodyCouldForetell() {
    func alarm(_ agreement: Double?, heldOut: Int = 40) -> Bool {
      var reading = MonitorReading()
      (reading.heldOutAgreement, reading.heldOut) = (agreement, heldOut)
      return alarms(NoisyRewardMonitor(), [reading]) == [true]
    }
    #expect(alarm(0.6) && !alarm(0.75) && !alarm(nil) && !alarm(0.5, heldOut: 3))
  }
}
