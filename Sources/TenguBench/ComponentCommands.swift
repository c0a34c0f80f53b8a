import ArgumentParser
import Benchmarks

/// Groups that measure one part of Tengu inside this process: kernels, environments, the caption ledger.
struct BenchKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract:
      "Kernels on one thread: GFLOP/s, compared with OpenBLAS or a plain loop, and their share of the peak of a core."
  )

  @OptionGroup var options: BenchOptions

  func run() throws {
    try options.report { show in try KernelBenchmark.run(options.settings(seconds: 0.1), show: show) }
  }
}

struct BenchEnvironment: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env",
    abstract: "Environments on one thread: steps per CPU second; NetHack is compared with Python's nle 1.3.0.")

  @OptionGroup var options: BenchOptions

  @Option(help: "Environments that the thread steps in turn, on both sides.")
  var environments = EnvironmentBenchmark.environmentCount

  @Option(
    help: ArgumentHelp(
      "A Python that has nle 1.3.0; scripts/compare-nle.sh installs one. Without it there is no ratio.",
      valueName: "file"))
  var python = ".deps/nle-venv/bin/python"

  func validate() throws {
    guard environments > 0 else { throw ValidationError("--environments must be at least 1") }
  }

  func run() throws {
    var settings = options.settings(seconds: 3)
    settings.nlePython = python
    try options.report { show in
      try EnvironmentBenchmark.run(settings, environmentCount: environments, show: show)
    }
  }
}

struct BenchLedger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "A full caption ledger: its memory in MiB and the time of one lookup in ns.")

  private static let captionRange = 1...10_000_000

  @OptionGroup var options: BenchOptions

  @Option(help: "Distinct captions in the ledger, 1 to 10000000.")
  var captions = 10_000_000

  func validate() throws {
    guard Self.captionRange.contains(captions) else {
      throw ValidationError("--captions must be from 1 to \(Self.captionRange.upperBound), not \(captions)")
    }
  }

  func run() throws {
    try options.report { show in LedgerBenchmark.run(options.settings(seconds: 0.5), captions: captions, show: show) }
  }
}
