import ArgumentParser
import Benchmarks
import Environments
import Foundation

/// Options that the groups of `tengu-bench` share.
struct BenchOptions: ParsableArguments {
  @Option(help: "Seconds of each measurement of each round; every part has its own default.")
  var seconds: Double?

  @Option(help: "Measurements of each side of a ratio, alternating; the median counts.")
  var rounds: Int?

  @Option(help: ArgumentHelp("Write the measurements here, as JSON.", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("The folder of libnethack.so and nhdat.", valueName: "dir"))
  var nethack = EnvironmentOptions(task: "").netHackDirectory

  func validate() throws {
    guard seconds ?? 0 >= 0, rounds ?? 1 > 0 else {
      throw ValidationError("--seconds must not be negative, --rounds be 1 or more")
    }
  }

  func settings(seconds defaultSeconds: Double, rounds defaultRounds: Int = 5) -> BenchmarkSettings {
    var settings = BenchmarkSettings(seconds: seconds ?? defaultSeconds, rounds: rounds ?? defaultRounds)
    settings.netHackDirectory = nethack
    return settings
  }

  /// Measures, shows the table, and writes the JSON file that was asked for. Progress goes to stderr: a table can only
  /// be set once its widest line is known.
  func report(_ measure: (_ show: (Measurement) -> Void) throws -> [Measurement]) throws {
    try reportingFailure {
      let measurements = try measure { measurement in
        FileHandle.standardError.write(Data("  \(measurement.identifier)\n".utf8))
      }
      let report = BenchmarkReport(machine: .current, measurements: measurements)
      print(BenchmarkTable(report).text, terminator: "")
      if let json { try report.write(to: json) }
    }
  }
}

/// Foundation has a type of that name as well.
typealias Measurement = Benchmarks.Measurement
