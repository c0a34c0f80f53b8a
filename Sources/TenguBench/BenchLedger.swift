import ArgumentParser
import Benchmarks

struct BenchLedger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Memory of a full caption ledger, and the time a lookup in it takes.")

  @OptionGroup var options: BenchOptions

  @Option(help: "Distinct captions.")
  var captions = 10_000_000

  func validate() throws {
    guard (1...10_000_000).contains(captions) else { throw ValidationError("--captions must be in 1 ... 10000000") }
  }

  func run() throws {
    try options.report { show in LedgerBenchmark.run(options.settings(seconds: 0.5), captions: captions, show: show) }
  }
}
