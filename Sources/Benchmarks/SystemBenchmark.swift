import Configuration
import Foundation

/// Whole systems as a user runs them, in processes of their own on this machine: frames a second over a window after the
/// warm-up, beside ONI's or Sample Factory's, as a share of the bound; CPU time of each process, time shares by phase,
/// memory, and bytes a frame.
public enum SystemBenchmark {
  public static let group = "system"

  /// - Parameters:
  ///   - program: the `tengu` to run.
  ///   - only: the names of the systems to measure; empty = all.
  ///   - show: called with each measurement as soon as there is one.
  public static func run(
    _ settings: BenchmarkSettings, program: String, only: [String] = [], show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let chosen = SystemCase.all.filter { only.isEmpty || only.contains($0.name) }
    guard !chosen.isEmpty else {
      throw BenchmarkError("there is no such system; there are: \(SystemCase.all.map(\.name).joined(separator: ", "))")
    }
    // Short, because its own group has it measured better; but in the same minutes as the systems.
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
      // The bound takes as long as all of the above.
      if system.isBesideItself { return [speed] + details }
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

  /// Runs the system once a round, in turn with its peer where there is one.
  private static func speed(
    of system: SystemCase, _ settings: BenchmarkSettings, program: String
  ) throws -> ([SystemWindow], Measurement) {
    var windows: [SystemWindow] = []
    func ours(_ round: Int) throws -> Double {
      let window = try SystemWindow(of: system, settings, program: program)
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
    if let peer = system.peer, !rounds.theirs.isEmpty { measurement.setBeside(peer.name, rounds: rounds.theirs) }
    return (windows, measurement)
  }
}
