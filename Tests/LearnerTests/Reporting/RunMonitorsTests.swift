import IntrinsicReward
import Telemetry
import Testing

@testable import Learner

@Suite struct RunMonitorsTests {
  @Test func anAlarmIsToldOnceWhenItBeginsAndOnceWhenItEnds() {
    var monitors = RunMonitors()
    var reading = MonitorReading()
    (reading.heldOutAgreement, reading.heldOut) = (0.5, 40)
    let first = monitors.observe(reading)
    #expect(first.count == 1 && first[0].level == .warning && first[0].text.hasPrefix("alarm: noisy labels: 50 %"))
    #expect(monitors.observe(reading).isEmpty && monitors.values[.noisyLabelsAlarm] == 1)
    #expect(monitors.values[.rewardHackingAlarm] == 0)
    reading.heldOutAgreement = 0.9
    #expect(monitors.observe(reading).map(\.level) == [.info] && monitors.values[.noisyLabelsAlarm] == 0)
  }
}
