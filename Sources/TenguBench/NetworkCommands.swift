import ArgumentParser
import Benchmarks

/// Groups that measure networks: policy inference, the train step, learned rewards, and the cost of each method.
struct BenchInference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Policy inference on one thread: frames per CPU second by network and batch size; oni next to PyTorch.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  @Argument(help: "Networks to measure, such as oni (default: all).")
  var networks: [String] = []

  func run() throws {
    var settings = options.settings(seconds: 0.3)
    settings.torchPython = torch.torch
    try options.report { show in try InferenceBenchmark.run(settings, only: networks, show: show) }
  }
}

struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "A train step of 1024 frames: frames per CPU second by network, oni next to PyTorch; two threads.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  @Argument(help: "Networks to measure, such as oni (default: all).")
  var networks: [String] = []

  func run() throws {
    var settings = options.settings(seconds: 1.5)
    settings.torchPython = torch.torch
    try options.report { show in try TrainBenchmark.run(settings, only: networks, show: show) }
  }
}

struct BenchReward: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reward",
    abstract: "Learned rewards on one thread: captions trained on and scored per CPU second, compared with PyTorch.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  func run() throws {
    var settings = options.settings(seconds: 1)
    settings.torchPython = torch.torch
    try options.report { show in try RewardBenchmark.run(settings, show: show) }
  }
}

struct BenchText: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text",
    abstract: "The text policy on one thread: tokens trained on and decoded per CPU second, compared with PyTorch.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  func run() throws {
    var settings = options.settings(seconds: 1)
    settings.torchPython = torch.torch
    try options.report { show in try TextBenchmark.run(settings, show: show) }
  }
}

struct BenchSwitches: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "switches",
    abstract: "The learner's step with each method switched on, compared with the plain step, on one thread.")

  @OptionGroup var options: BenchOptions

  @Argument(help: "Methods whose names contain one of these texts (default: all).")
  var methods: [String] = []

  func run() throws {
    let settings = options.settings(seconds: 0.5)
    try options.report { show in try SwitchBenchmark.run(settings, only: methods, show: show) }
  }
}
