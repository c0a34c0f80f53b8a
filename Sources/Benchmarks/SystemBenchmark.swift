import Assembly
import Configuration
import Foundation

/// Whole runs on this machine, with one process for each role: frames per second after a warm-up, compared with ONI or
/// Sample Factory and as a share of the bound; CPU time of each process, time by phase, memory, and bytes per frame.
public enum SystemBenchmark {
  public static let group = "system"

  /// - Parameters:
  ///   - program: path of the `tengu` to run.
  ///   - only: names of the systems to measure; empty means all.
  ///   - show: receives each measurement as soon as it is complete.
  public static func run(
    _ settings: BenchmarkSettings, program: String, only: [String] = [], show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let chosen = SystemCase.all.filter { only.isEmpty || only.contains($0.name) }
    guard !chosen.isEmpty else {
      throw BenchmarkError("unknown system; the systems are: \(SystemCase.all.map(\.name).joined(separator: ", "))")
    }
    // Measured in the same minutes as the systems. The kernels group measures it for longer.
    let peak = KernelBenchmark.peak(BenchmarkSettings(seconds: min(settings.seconds, 0.5), rounds: settings.rounds))
    var measurements: [Measurement] = []
    for system in chosen {
      for measurement in try measure(system, settings, program: program, peak: 1e9 * (peak.value ?? 0)) {
        show(measurement)
        measurements.append(measurement)
      }
    }
    return measurements
  }

  private static func measure(
    _ system: SystemCase, _ settings: BenchmarkSettings, program: String, peak: Double
  ) throws -> [Measurement] {
    do {
      let plan = try system.plan(settings)
      var (windows, speed) = try speed(of: system, settings, program: program)
      let details = SystemDetails(name: system.name, windows: windows, plan: plan).measurements
      // Measuring the bound takes as long as everything above.
      if system.isComparedWithItself { return [speed] + details }
      let bounds = try windows.map { window in
        let seconds = try SpeedBound.environmentSeconds(of: system, at: window.steps, settings, program: program)
        return SpeedBound(plan, environmentSeconds: seconds, peak: peak).framesPerSecond
      }
      let bound = Measurement(group, "\(system.name), the bound", unit: "frames/s", rounds: bounds)
      speed.share = Measurement.Share(of: "the bound", value: (speed.value ?? 0) / median(bounds))
      return [speed, bound] + details
    } catch {
      return [Measurement(group, system.name, unit: "frames/s", skipped: try reasonToSkip(error))]
    }
  }

  /// Runs the system once in each round, alternating with its peer if it has one.
  private static func speed(
    of system: SystemCase, _ settings: BenchmarkSettings, program: String
  ) throws -> ([SystemWindow], Measurement) {
    var windows: [SystemWindow] = []
    func ours(_ round: Int) throws -> Double {
      let window = try system.window(settings, program: program)
      windows.append(window)
      return window.framesPerSecond
    }
    var missing: String?
    var measurePeer: ((Int) throws -> Double)?
    do {
      measurePeer = try system.peer?.measuring(of: system, settings, program: program)
    } catch let error as BenchmarkError {
      missing = error.description
    }
    let rounds = try measurePeer.map { try settings.alternate(ours, $0) } ?? (ours: settings.repeated(ours), theirs: [])
    var measurement = Measurement(group, system.name, unit: "frames/s", rounds: rounds.ours)
    measurement.skipped = missing
    if let peer = system.peer, !rounds.theirs.isEmpty { measurement.compare(with: peer.name, rounds: rounds.theirs) }
    return (windows, measurement)
  }
}

/// The measurements of a whole system other than its speed.
struct SystemDetails {
  let name: String
  let windows: [SystemWindow]
  let plan: RunPlan

  /// The names are the same for every run, so that two reports can be compared line by line.
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

  /// Bytes per frame of a trajectory's tensors: T + 1 observations, the data of each step, and the first recurrent state.
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
