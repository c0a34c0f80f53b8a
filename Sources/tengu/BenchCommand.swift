import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure this machine and this build.",
    subcommands: [
      EnvironmentBench.self, BenchKernels.self, BenchInference.self, BenchTrain.self, BenchReward.self,
      BenchTransport.self, BenchTransportPeer.self, BenchAnnotator.self, BenchAnnotatorPeer.self, BenchLedger.self,
      BenchSystem.self, BenchSwitches.self, BenchMethods.self, BenchReport.self,
    ])
}
