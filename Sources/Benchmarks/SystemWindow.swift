import Telemetry

/// The work of a whole system between two lines of its metrics.
struct SystemWindow: Sendable {
  /// Environment steps of the run at the start and the end of the window.
  var steps: ClosedRange<Int>
  var seconds: Double
  var frames: Double
  /// CPU seconds by role, all workers together.
  var cpuSeconds: [String: Double]
  /// Resident memory at the end of the window by role; for workers the largest.
  var residentMegabytes: [String: Double]
  /// Seconds by phase, from the metrics named `..._seconds`, summed over the threads of the workers.
  var phaseSeconds: [String: Double]
  /// Bytes per frame in the last line of metrics; nil if it has none.
  var bytesPerFrame: Double?

  var framesPerSecond: Double { frames / seconds }
  /// Frames per CPU second of all processes.
  var framesPerCPUSecond: Double { frames / max(cpuSeconds.values.reduce(0, +), .leastNormalMagnitude) }

  /// Follows a run for `seconds` after `warmUp` seconds.
  /// - Throws: `BenchmarkError` if the run ends early.
  init(_ run: LaunchedRun, warmUp: Double, seconds: Double) throws {
    let opening = try run.nextSample().record.time
    try self.init(
      run, from: { $0.time >= opening + warmUp }, until: { $1.time >= $0.time + seconds })
  }

  /// Follows a run through a given range of its steps.
  /// - Throws: `BenchmarkError` if the run ends early.
  init(_ run: LaunchedRun, through steps: ClosedRange<Int>) throws {
    try self.init(run, from: { $0.step >= steps.lowerBound }, until: { $1.step >= steps.upperBound })
  }

  private init(
    _ run: LaunchedRun, from isBegun: (MetricsRecord) -> Bool,
    until isOver: (_ first: MetricsRecord, MetricsRecord) -> Bool
  ) throws {
    var first = try run.nextSample()
    while !isBegun(first.record) { first = try run.nextSample() }
    var phases: [String: Double] = [:]
    var last = first
    repeat {
      last = try run.nextSample()
      for (metric, value) in last.record.values {
        if let phase = Self.phase(metric) { phases[phase, default: 0] += value }
      }
    } while !isOver(first.record, last.record)
    self.init(first, last, phases)
  }

  private init(_ first: SystemSample, _ last: SystemSample, _ phases: [String: Double]) {
    steps = first.record.step...last.record.step
    seconds = last.record.time - first.record.time
    frames = Double(last.record.step - first.record.step)
    phaseSeconds = phases
    cpuSeconds = [:]
    residentMegabytes = [:]
    for (process, usage) in last.usage {
      guard let before = first.usage[process] else { continue }
      let role = String(process.prefix { $0 != "-" })
      cpuSeconds[role, default: 0] += usage.cpuSeconds - before.cpuSeconds
      residentMegabytes[role] = max(residentMegabytes[role] ?? 0, usage.residentMegabytes)
    }
    bytesPerFrame = last.record.values.first { $0.key.rawValue.hasSuffix("bytes_per_frame") }?.value
  }

  /// "learner wait" for `time/wait_seconds`, "worker inference" for `worker/inference_seconds`. A checkpoint's time is
  /// that of the last one, not of the window.
  private static func phase(_ metric: MetricName) -> String? {
    let parts = metric.rawValue.split(separator: "/")
    guard parts.count == 2, ["time", "worker"].contains(parts[0]), parts[1].hasSuffix("_seconds"),
      metric != MetricName.checkpointSeconds
    else { return nil }
    let name = parts[1].dropLast("_seconds".count).map { $0 == "_" ? " " : $0 }
    return (parts[0] == "time" ? "learner " : "worker ") + String(name)
  }
}
