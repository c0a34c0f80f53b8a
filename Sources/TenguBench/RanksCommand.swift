import ArgumentParser
import Benchmarks
import Foundation
import Ranks

/// `tengu-bench ranks`: learners that share updates.
struct BenchRanks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ranks",
    abstract: "Learners under mpirun: the same parameters as one learner with as many threads, and frames per second.",
    discussion: "Example: mpirun -np 2 tengu-bench ranks \"compact on CaptionGrid\"")

  @OptionGroup var options: BenchOptions

  @Argument(help: "Networks to measure, such as oni (default: all).")
  var networks: [String] = []

  func run() throws {
    try reportingFailure {
      guard let ranks = try MPICommunicator.join(environment: ProcessInfo.processInfo.environment) else {
        throw BenchmarkError("this group needs several processes: mpirun -np 2 tengu-bench ranks")
      }
      let settings = options.settings(seconds: 1.5)
      func measure(_ show: (Measurement) -> Void) throws -> [Measurement] {
        try RanksBenchmark.run(settings, only: networks, ranks: ranks, show: show)
      }
      if ranks.isFirst { try options.report(measure) } else { _ = try measure { _ in } }
      try ranks.finish()
    }
  }
}
