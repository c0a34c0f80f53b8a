import ArgumentParser
import Benchmarks
import Configuration
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
  var nethack = BenchmarkSettings.standardNetHackDirectory

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

/// Runs a command's work and turns what it throws into one line on stderr and an exit status: 64 for a configuration
/// that is wrong, 1 for any other failure.
func reportingFailure(_ work: () throws -> Void) throws {
  do {
    try work()
  } catch let exit as ExitCode {
    throw exit
  } catch {
    FileHandle.standardError.write(Data("tengu-bench: \(error)\n".utf8))
    throw ExitCode(error is ConfigurationError ? 64 : 1)
  }
}

/// The paths of the two programs.
enum Programs {
  /// This program, which the transport and annotator groups start again for their other ends.
  static let bench = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "tengu-bench"

  /// The `tengu` in the folder of this program.
  static let tengu = URL(fileURLWithPath: bench).deletingLastPathComponent().appending(path: "tengu").path
}
