import ArgumentParser
import Benchmarks
import Foundation

struct BenchReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Print the JSON files of several groups as one table and check them against the bars.",
    discussion: "Exit status 1: a measurement misses its bar.")

  /// The line of docs/benchmarks.md after which the tables begin.
  private static let marker = "<!-- measurements -->"

  @Argument(help: ArgumentHelp("Files that --json of the groups wrote.", valueName: "file"))
  var files: [String]

  @Option(help: ArgumentHelp("Write all measurements to this file as JSON.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Write the tables to this file as Markdown. The file keeps its text up to the line \(BenchReport.marker).",
      valueName: "file"))
  var markdown: String?

  @Option(help: ArgumentHelp("The bars to check, such as scripts/bench/thresholds.json.", valueName: "file"))
  var check: String?

  func run() throws {
    try reportingFailure {
      let report = try BenchmarkReport(merging: files.map { try BenchmarkReport(contentsOf: $0) })
      print(report.table)
      if let json { try report.write(to: json) }
      if let markdown { try write(report.table, toPage: markdown) }
      if let check { try self.check(report, against: Thresholds(contentsOf: check)) }
    }
  }

  private func write(_ tables: String, toPage path: String) throws {
    let page = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let kept = page.range(of: Self.marker).map { page[..<$0.upperBound] + "\n\n" } ?? ""
    try Data((kept + tables).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  private func check(_ report: BenchmarkReport, against thresholds: Thresholds) throws {
    var hasMissed = false
    for verdict in thresholds.verdicts(on: report) {
      switch verdict {
      case .met(let text): print("met      \(text)")
      case .missed(let text):
        print("MISSED   \(text)")
        hasMissed = true
      case .skipped(let text): print("skipped  \(text)")
      }
    }
    if hasMissed { throw ExitCode(1) }
  }
}

struct BenchMethods: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "Acceptance tests of reward-learning methods over several seeds, as a Markdown table.")

  @Option(help: "Seeds of each test, 1 to 100.")
  var seeds = 5

  func validate() throws {
    guard (1...100).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 100, not \(seeds)") }
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
