import ArgumentParser
import Assembly
import Benchmarks
import Captions
import Environments
import Foundation

/// `tengu-bench env`: the environments, NetHack beside Python's nle in the same run.
struct BenchEnvironment: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env",
    abstract: "Steps per CPU second of one thread: CaptionGrid, and NetHack Score beside Python's nle 1.3.0.")

  /// What both sides produce for the comparison: NLE's arrays, as it makes them.
  static let observationKeys = ["glyphs", "chars", "colors", "specials", "blstats", "message"]

  @Option(help: "CPU seconds of each measurement.")
  var seconds = 3.0

  @Option(help: "Measurements of each side, alternating; the median counts.")
  var rounds = 5

  @Option(help: "Environments stepped in turn on the one thread, on both sides.")
  var environments = EnvironmentSpeed.environmentCount

  @Option(
    help: ArgumentHelp(
      "A Python that has nle 1.3.0 (see scripts/compare-nle.sh); without one no ratio is printed.", valueName: "file"))
  var python = ".deps/nle-venv/bin/python"

  @Option(help: ArgumentHelp("The folder of libnethack.so and nhdat.", valueName: "dir"))
  var nethack = EnvironmentOptions(task: "").netHackDirectory

  @Option(help: ArgumentHelp("Write the measurements here, as JSON.", valueName: "file"))
  var json: String?

  func validate() throws {
    guard seconds >= 0, rounds > 0, environments > 0 else {
      throw ValidationError("--seconds must not be negative, --rounds and --environments be 1 or more")
    }
  }

  func run() throws {
    try reportingFailure {
      print("One thread, \(environments) environments in turn, random actions, resets included, \(rounds) rounds:")
      var measurements = [
        try show("CaptionGrid") { try native("CaptionGrid", keys: nil, round: $0) },
        try show("NetHackScore, the policy's observations") { try native("NetHackScore", keys: nil, round: $0) },
      ]
      if FileManager.default.isExecutableFile(atPath: python) {
        measurements.append(try compareWithPython())
      } else {
        var measurement = try show("NetHackScore, nle's observations", nethackScore)
        let reason = "no Python with nle at \(python): run scripts/compare-nle.sh once to have one"
        print("\(reason), and the ratio is printed")
        measurement.skipped = reason
        measurements.append(measurement)
      }
      if let json { try BenchmarkReport(machine: .current, measurements: measurements).write(to: json) }
    }
  }

  /// The same games and observations on both sides, in turn, so that both meet the same moods of the machine.
  private func compareWithPython() throws -> Measurement {
    var ours: [Double] = []
    var theirs: [Double] = []
    for round in 1...rounds {
      ours.append(try nethackScore(round: round))
      theirs.append(try pythonStepsPerSecond(round: round))
    }
    show("NetHackScore, nle's observations", median(ours))
    show("NetHackScore, Python nle 1.3.0", median(theirs))
    let ratios = zip(ours, theirs).map { $0 / $1 }
    print(
      "native / Python, \(Self.observationKeys.joined(separator: " ")): median \(format(median(ratios))),"
        + " from \(format(ratios.min() ?? 0)) to \(format(ratios.max() ?? 0)), \(rounds) pairs")
    var measurement = measurement("NetHackScore, nle's observations", ours)
    measurement.setBeside("Python nle 1.3.0", rounds: theirs)
    return measurement
  }

  private func measurement(_ name: String, _ rounds: [Double]) -> Measurement {
    Measurement("env", name, unit: "steps/CPU s", rounds: rounds)
  }

  /// Measures one side alone and prints it.
  private func show(_ name: String, _ measure: (_ round: Int) throws -> Double) throws -> Measurement {
    let measurement = measurement(name, try (1...rounds).map(measure))
    show(name, measurement.value ?? 0)
    return measurement
  }

  private func nethackScore(round: Int) throws -> Double {
    try native("NetHackScore", keys: Self.observationKeys, round: round)
  }

  /// Each round plays other games.
  private func native(_ task: String, keys: [String]?, round: Int) throws -> Double {
    var options = EnvironmentOptions(task: task)
    options.netHackDirectory = nethack
    options.observationKeys = keys
    return try EnvironmentSpeed.stepsPerSecond(
      options: options, entry: EnvironmentRegistry.standard.entry(named: task), environmentCount: environments,
      seed: UInt64(round), seconds: seconds)
  }

  /// The same task and observations through Python, in a process of its own.
  private func pythonStepsPerSecond(round: Int) throws -> Double {
    struct Answer: Decodable { var stepsPerCpuSecond: Double }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      ["scripts/bench_nle.py", "--json", "--environments", "\(environments)", "--seed", "\(round)"]
      + ["--seconds", "\(seconds)"] + Self.observationKeys
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let answer = try? Self.decoder.decode(Answer.self, from: data) else {
      throw EnvironmentError("scripts/bench_nle.py failed under \(python) (status \(process.terminationStatus))")
    }
    return answer.stepsPerCpuSecond
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  private func show(_ name: String, _ stepsPerSecond: Double) {
    print(
      name.padding(toLength: 42, withPad: " ", startingAt: 0)
        + String(format: "%12.0f steps per CPU second", stepsPerSecond))
  }

  private func format(_ value: Double) -> String { String(format: "%.2f", value) }
}
