import ArgumentParser
import Benchmarks
import Foundation

struct BenchReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show the JSON files of the other parts as one, and hold them to the bars. Exit status 1: below a bar.")

  /// Where the tables of docs/benchmarks.md begin.
  private static let marker = "<!-- measurements -->"

  @Argument(help: ArgumentHelp("What --json of the other parts wrote.", valueName: "file"))
  var files: [String]

  @Option(help: ArgumentHelp("Write all measurements here, as JSON.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Write the tables here, as Markdown. A page keeps what stands above its line \(BenchReport.marker).",
      valueName: "file"))
  var markdown: String?

  @Option(help: ArgumentHelp("The bars, such as scripts/bench/thresholds.json.", valueName: "file"))
  var check: String?

  func run() throws {
    try reportingFailure {
      let report = try BenchmarkReport(merging: files.map { try BenchmarkReport(contentsOf: $0) })
      let text = BenchmarkTable(report).text
      print(text)
      if let json { try report.write(to: json) }
      if let markdown { try write(text, toPage: markdown) }
      if let check { try hold(report, to: Thresholds(contentsOf: check)) }
    }
  }

  private func write(_ tables: String, toPage path: String) throws {
    let page = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let kept = page.range(of: Self.marker).map { page[..<$0.upperBound] + "\n\n" } ?? ""
    try Data((kept + tables).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  private func hold(_ report: BenchmarkReport, to thresholds: Thresholds) throws {
    var isBelow = false
    for verdict in thresholds.verdicts(on: report) {
      switch verdict {
      case .met(let text): print("met      \(text)")
      case .missed(let text):
        print("MISSED   \(text)")
        isBelow = true
      case .skipped(let text): print("skipped  \(text)")
      }
    }
    if isBelow { throw ExitCode(1) }
  }
}
