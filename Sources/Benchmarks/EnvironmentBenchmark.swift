import Assembly
import CPlatform
import EnvironmentChecks
import Environments
import Foundation
import Runtime
import Tensor

/// Steps per CPU second of one thread that plays at random, without a policy or transport: CaptionGrid, NetHack with the
/// policy's observations, and NetHack with the observations of Python's nle, compared with nle itself.
public enum EnvironmentBenchmark {
  public static let group = "env"
  /// Default number of environments that the thread steps in turn.
  public static let environmentCount = 16
  /// The observations that both sides of the comparison with nle write.
  static let nleObservations = ["glyphs", "chars", "colors", "specials", "blstats", "message"]

  /// - Parameters:
  ///   - environmentCount: number of environments stepped in turn, on both sides of the comparison.
  ///   - task: the only task to measure; nil for the usual three.
  ///   - show: receives each measurement as soon as it is complete.
  public static func run(
    _ settings: BenchmarkSettings, environmentCount: Int = EnvironmentBenchmark.environmentCount,
    task: String? = nil, show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let player = Player(settings: settings, environmentCount: environmentCount)
    var measurements: [Measurement] = []
    func add(_ measurement: Measurement) {
      show(measurement)
      measurements.append(measurement)
    }
    if let task {
      add(try player.alone(task, task: task))
      return measurements
    }
    add(try player.measured("CaptionGrid") { try player.alone($0, task: "CaptionGrid") })
    add(try player.measured("NetHackScore, the policy's observations") { try player.alone($0, task: "NetHackScore") })
    add(
      try player.measured("NetHackScore, nle's observations") {
        try player.comparedWithPython($0, task: "NetHackScore")
      })
    return measurements
  }

  /// Measures one task at a time with the same settings.
  private struct Player {
    let settings: BenchmarkSettings
    let environmentCount: Int

    /// What `measure` returns, or a skipped measurement if the game or nle is missing.
    func measured(_ name: String, _ measure: (_ name: String) throws -> Measurement) throws -> Measurement {
      do {
        return try measure(name)
      } catch {
        return Measurement(group, name, unit: unit, skipped: try reasonToSkip(error))
      }
    }

    func alone(_ name: String, task: String) throws -> Measurement {
      Measurement(group, name, unit: unit, rounds: try settings.repeated { try native(task, keys: nil, round: $0) })
    }

    /// Both sides play the same games, round by round in turn.
    func comparedWithPython(_ name: String, task: String) throws -> Measurement {
      func ours(_ round: Int) throws -> Double { try native(task, keys: nleObservations, round: round) }
      guard FileManager.default.isExecutableFile(atPath: settings.nlePython) else {
        var measurement = Measurement(group, name, unit: unit, rounds: try settings.repeated(ours))
        measurement.skipped = "no Python with nle at \(settings.nlePython); scripts/compare-nle.sh installs it"
        return measurement
      }
      let rounds = try settings.alternate(ours, python)
      var measurement = Measurement(group, name, unit: unit, rounds: rounds.ours)
      measurement.compare(with: "Python nle 1.3.0", rounds: rounds.theirs)
      return measurement
    }

    private var unit: String { "steps/CPU s" }

    /// Each round plays other games: its number is the seed.
    private func native(_ task: String, keys: [String]?, round: Int) throws -> Double {
      var options = EnvironmentOptions(task: task)
      options.gameDirectory = settings.netHackDirectory
      options.observationKeys = keys
      return try EnvironmentSpeed.stepsPerSecond(
        options: options, entry: EnvironmentRegistry.standard.entry(named: task), environmentCount: environmentCount,
        seed: UInt64(round + 1), seconds: settings.seconds)
    }

    /// Runs scripts/bench_nle.py, which plays the same task with the same seed and observations.
    private func python(_ round: Int) throws -> Double {
      struct Answer: Decodable { var stepsPerCpuSecond: Double }
      let process = try LineProcess(
        settings.nlePython,
        ["scripts/bench_nle.py", "--json", "--environments", "\(environmentCount)", "--seed", "\(round + 1)"]
          + ["--seconds", "\(settings.seconds)"] + nleObservations)
      let answer = try process.decoded(Answer.self)
      try process.awaitEnd()
      return answer.stepsPerCpuSecond
    }
  }
}
