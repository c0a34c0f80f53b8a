import IntrinsicReward
import Telemetry

/// The monitors of a run: each alarm is logged when it begins and when it ends.
struct RunMonitors {
  private var monitors: [(metric: MetricName, monitor: any Monitor)] = [
    (.rewardHackingAlarm, RewardHackingMonitor()), (.teacherHackingAlarm, TeacherHackingMonitor()),
    (.noisyLabelsAlarm, NoisyRewardMonitor()),
  ]
  private var alarmed: Set<MetricName> = []

  /// Takes in the newest numbers.
  /// - Returns: lines to log.
  mutating func observe(_ reading: MonitorReading) -> [(level: LogLevel, text: String)] {
    var lines: [(level: LogLevel, text: String)] = []
    for index in monitors.indices {
      let (metric, name) = (monitors[index].metric, monitors[index].monitor.name)
      let reason = monitors[index].monitor.observe(reading)
      if let reason, alarmed.insert(metric).inserted { lines.append((.warning, "alarm: \(name): \(reason)")) }
      if reason == nil, alarmed.remove(metric) != nil { lines.append((.info, "the alarm is over: \(name)")) }
    }
    return lines
  }

  /// 1 where a monitor's alarm holds, else 0.
  var values: [MetricName: Double] {
    Dictionary(uniqueKeysWithValues: monitors.map { ($0.metric, alarmed.contains($0.metric) ? 1 : 0) })
  }
}
