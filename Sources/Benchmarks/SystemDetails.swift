import Assembly
import Configuration

/// What is told of a whole system beside its speed.
struct SystemDetails {
  let name: String
  let windows: [SystemWindow]
  let plan: RunPlan

  /// The same names in every round, so that a table of two runs can be compared line by line.
  var measurements: [Measurement] {
    let roles = Set(windows.flatMap(\.cpuSeconds.keys)).sorted()
    let phases = Set(windows.flatMap(\.phaseSeconds.keys)).sorted()
    return [measurement("all processes", "frames/CPU s") { $0.framesPerCPUSecond }]
      + roles.map { role in
        measurement("\(role) CPU", "us/frame") { 1e6 * ($0.cpuSeconds[role] ?? 0) / max($0.frames, 1) }
      }
      + phases.map { phase in
        measurement("time: \(phase)", "s/s") { ($0.phaseSeconds[phase] ?? 0) / $0.seconds }
      }
      + roles.map { role in
        measurement("\(role) memory", "MiB") { $0.residentMegabytes[role] ?? 0 }
      }
      + [measurement("on the wire", "bytes/frame") { $0.bytesPerFrame ?? uncompressedBytesPerFrame }]
  }

  private func measurement(_ what: String, _ unit: String, _ number: (SystemWindow) -> Double) -> Measurement {
    Measurement(SystemBenchmark.group, "\(name), \(what)", unit: unit, rounds: windows.map(number))
  }

  /// Of a trajectory's tensors: T + 1 observations, what is known of each step, and the recurrent state of the first.
  private var uncompressedBytesPerFrame: Double {
    let unrollLength = Double(plan.configuration.learner.unrollLength)
    let heads = plan.network.valueHeads
    // Action, reward, flags, log-probability, caption, its count; value and truncation value of each head.
    let step = 4 + 4 + 1 + 4 + 4 + 2 + 8 * heads
    let row = Double(plan.specification.observation.rowByteCount)
    return row * (unrollLength + 1) / unrollLength + Double(step)
      + 4 * Double(plan.network.stateSize) / unrollLength
  }
}
