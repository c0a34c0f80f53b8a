import ArgumentParser
import Benchmarks
import Foundation

struct BenchMethods: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "Acceptance tests of reward-learning methods over several seeds, as a Markdown table.")

  @Option(help: "Seeds of each test.")
  var seeds = 5

  func validate() throws {
    guard (1...100).contains(seeds) else { throw ValidationError("--seeds must be in 1 ... 100") }
  }

  func run() throws {
    try reportingFailure {
      let trials = try MethodsBenchmark.run(seeds: seeds) { trial in
        FileHandle.standardError.write(Data("  \(trial.method): \(trial.values)\n".utf8))
      }
      print(MethodTrial.table(trials), terminator: "")
    }
  }
}
