import ArgumentParser
import Benchmarks
import Runtime
import Transport

struct BenchSystem: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "system",
    abstract: "Whole systems on this machine: frames a second, beside ONI's or Sample Factory's, and the bound.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  @Option(
    help: ArgumentHelp("A Python that has Sample Factory (see scripts/bench/setup-peers.sh).", valueName: "file"))
  var sampleFactory = ".deps/sample-factory-venv/bin/python"

  @Option(help: ArgumentHelp("The tengu program to run.", valueName: "file"))
  var tengu = Programs.tengu

  @Argument(help: "The systems to measure, such as CaptionGrid; all of them without one.")
  var systems: [String] = []

  func run() throws {
    var settings = options.settings(seconds: 10)
    settings.torchPython = torch.torch
    settings.sampleFactoryPython = sampleFactory
    Interruption.watch()
    try options.report { show in
      try SystemBenchmark.run(settings, program: tengu, only: systems, show: show)
    }
  }
}
