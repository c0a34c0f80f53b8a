import ArgumentParser
import Benchmarks

/// Where the Python with torch is.
struct TorchOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("A Python that has torch (see scripts/bench/setup-peers.sh).", valueName: "file"))
  var torch = ".deps/peers-venv/bin/python"
}

struct BenchInference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Frames per CPU second of policy inference on one thread, by network and batch size, beside PyTorch.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  @Argument(help: "The networks to measure, such as oni; all of them without one.")
  var networks: [String] = []

  func run() throws {
    var settings = options.settings(seconds: 0.3)
    settings.torchPython = torch.torch
    try options.report { show in try InferenceBenchmark.run(settings, only: networks, show: show) }
  }
}

struct BenchReward: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reward",
    abstract: "Learned rewards on one thread: captions trained on and scored per CPU second, beside PyTorch.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  func run() throws {
    var settings = options.settings(seconds: 1)
    settings.torchPython = torch.torch
    try options.report { show in try RewardBenchmark.run(settings, show: show) }
  }
}

struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Frames per CPU second of a train step of 1024 frames on one thread, by network, beside PyTorch.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  @Argument(help: "The networks to measure, such as oni; all of them without one.")
  var networks: [String] = []

  func run() throws {
    var settings = options.settings(seconds: 1.5)
    settings.torchPython = torch.torch
    try options.report { show in try TrainBenchmark.run(settings, only: networks, show: show) }
  }
}
