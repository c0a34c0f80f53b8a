import ArgumentParser
import Benchmarks
import CPlatform
import Configuration
import Foundation

/// `tengu-bench`: measures this machine and this build. A separate program, so that `tengu` links no measuring code.
@main
struct TenguBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tengu-bench",
    abstract: "Measure how fast this machine and this build are, one group of measurements for each subcommand.",
    discussion: """
      Example: tengu-bench kernels --rounds 3 --json kernels.json

      scripts/bench.sh runs all groups and prints one table. Run it from the root of the repository: the groups read \
      scripts/bench, cluster/configs and .deps.
      """,
    subcommands: [
      BenchKernels.self, BenchEnvironment.self, BenchInference.self, BenchTrain.self, BenchReward.self,
      BenchSwitches.self, BenchTransport.self, BenchTransportPeer.self, BenchAnnotator.self, BenchAnnotatorPeer.self,
      BenchLedger.self, BenchSystem.self, BenchMethods.self, BenchReport.self,
    ])

  static func main() {
    tengu_skip_library_destructors()
    main(nil)
  }
}

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
