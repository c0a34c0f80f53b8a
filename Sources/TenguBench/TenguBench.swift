import ArgumentParser
import CPlatform
import Tensor

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
      BenchSwitches.self, BenchText.self, BenchTransport.self, BenchTransportPeer.self, BenchAnnotator.self,
      BenchAnnotatorPeer.self, BenchLedger.self, BenchSystem.self, BenchMethods.self, BenchJudges.self,
      BenchRanks.self, BenchReport.self,
    ])

  static func main() {
    BLASKernels.restartIfUnsuitable()
    tengu_skip_library_destructors()
    main(nil)
  }
}
