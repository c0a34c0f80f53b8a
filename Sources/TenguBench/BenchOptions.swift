import ArgumentParser
import Benchmarks
import Environments
import Foundation

/// Options that the groups of `tengu-bench` share.
struct BenchOptions: ParsableArguments {
  @Option(help: "Seconds of each measurement in each round; the default depends on the group.")
  var seconds: Double?

  @Option(help: "Rounds. Both sides of a ratio are measured in each round; the median of the rounds counts.")
  var rounds: Int?

  @Option(help: ArgumentHelp("Write the measurements to this file as JSON.", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack = EnvironmentOptions(task: "").netHackDirectory

  func validate() throws {
    guard seconds ?? 0 >= 0 else { throw ValidationError("--seconds must not be negative") }
    guard rounds ?? 1 > 0 else { throw ValidationError("--rounds must be at least 1") }
  }

  func settings(seconds defaultSeconds: Double, rounds defaultRounds: Int = 5) -> BenchmarkSettings {
    var settings = BenchmarkSettings(seconds: seconds ?? defaultSeconds, rounds: rounds ?? defaultRounds)
    settings.netHackDirectory = nethack
    return settings
  }

  /// Measures, prints the table, and writes the JSON file if `--json` names one. The names of finished measurements go to
  /// stderr meanwhile, because the table is as wide as its widest line.
  func report(_ measure: (_ show: (Measurement) -> Void) throws -> [Measurement]) throws {
    try reportingFailure {
      let measurements = try measure { measurement in
        FileHandle.standardError.write(Data("  \(measurement.identifier)\n".utf8))
      }
      let report = BenchmarkReport(machine: .current, measurements: measurements)
      print(report.table, terminator: "")
      if let json { try report.write(to: json) }
    }
  }
}

/// The Python that PyTorch is measured with.
struct TorchOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("A Python that has PyTorch; scripts/bench/setup-peers.sh installs one.", valueName: "file"))
  var torch = ".deps/peers-venv/bin/python"
}

/// Foundation has a type of the same name.
typealias Measurement = Benchmarks.Measurement
