import ArgumentParser
import Benchmarks

struct BenchAnnotator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotator",
    abstract: "Labels a second from a fake language model of 200 ms, beside batches whose slowest answer is awaited.")

  @OptionGroup var options: BenchOptions

  func run() throws {
    try options.report { show in
      try AnnotatorBenchmark.run(options.settings(seconds: 2), program: Programs.bench, show: show)
    }
  }
}

/// The language model of `tengu-bench annotator`, in a process of its own.
struct BenchAnnotatorPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "annotator-peer", shouldDisplay: false)

  @Argument var pace: AnnotatorPeer.Pace

  func run() throws {
    try reportingFailure { try AnnotatorPeer.serve(pace) }
  }
}

extension AnnotatorPeer.Pace: ExpressibleByArgument {}
