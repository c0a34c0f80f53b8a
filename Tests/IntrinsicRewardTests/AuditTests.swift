import Captions
import Runtime
import Tensor
import Testing

@testable import IntrinsicReward

@Suite struct MonitorTests {
  /// Whether the monitor warned at any time.
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

  /// A nearly normal number: the sum of twelve uniform numbers.
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
      return [reading, reading]  // a version occurs more than once
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

@Suite struct RewardAuditTests {
  private func note(_ audit: inout RewardAudit, _ captions: [UInt32], paid: [Float]) {
    let (rewards, flags) = ([Float](repeating: 0, count: captions.count), [UInt8](repeating: 0, count: captions.count))
    let counts = [UInt16](repeating: 1, count: captions.count)
    audit.note(
      RewardInputs(
        group: 0, steps: captions.count, columns: 1, rewards: rewards, flags: flags, captions: captions,
        captionCounts: counts),
      paid: paid)
  }

  @Test func countsWhatWasPaidByCaption() {
    var audit = RewardAudit()
    note(&audit, [0, 3, 3, 7], paid: [0, 0.4, 0.05, -1])
    note(&audit, [3, 0], paid: [0, 0.25])
    #expect(audit.entries[0].steps == 2 && audit.entries[0].paid == 0.25)
    #expect(audit.entries[3].steps == 3 && audit.entries[3].paidSteps == 2)
    #expect(abs(audit.entries[3].paid - 0.45) < 1e-6)
    #expect(audit.entries[7].paid == -1 && audit.entries[5].steps == 0)
    #expect(audit.entries.reduce(0) { $0 + $1.steps } == 6)
  }

  @Test func flipsAreChangesFromWorthlessToWorthSomethingAndBack() {
    var audit = RewardAudit()
    note(&audit, [1, 2, 3], paid: [0, 0, 0])
    var model = RetrievalReward()
    func learn(_ labels: [Float]) {
      model.learn(
        RewardUpdate(labels: labels.enumerated().map { CaptionLabel(caption: UInt32($0 + 1), value: $1) }))
      audit.compare(with: model)
    }
    learn([1, 0])
    #expect(audit.latestFlips == 0 && audit.entries[3].score.isNaN)
    learn([0, 0, 1])
    #expect(audit.latestFlips == 1 && audit.entries[1].flips == 1 && audit.entries[3].flips == 0)
    audit.compare(with: model)  // compares each version only once
    #expect(audit.latestFlips == 1 && audit.entries[1].flips == 1)
    learn([0.5, 0, 1])
    #expect(audit.entries[1].flips == 2)
  }
}
