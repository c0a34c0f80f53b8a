import ArgumentParser
import Benchmarks

struct BenchSwitches: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "switches",
    abstract: "The learner's step with each method switched on, beside the plain step, on one thread.")

  @OptionGroup var options: BenchOptions

  @Argument(help: "Parts of the names of the methods to measure; all of them without one.")
  var methods: [String] = []

  func run() throws {
    let settings = options.settings(seconds: 0.5)
    try options.report { show in try SwitchBenchmark.run(settings, only: methods, show: show) }
  }
}
