import ArgumentParser
import Benchmarks

struct BenchKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "GFLOP/s of the kernels on one thread, beside OpenBLAS or a plain loop, and their share of sgemm's peak.")

  @OptionGroup var options: BenchOptions

  func run() throws {
    try options.report { show in try KernelBenchmark.run(options.settings(seconds: 0.1), show: show) }
  }
}
