import ArgumentParser
import Foundation
import Runtime
import Search

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Studies of methods that need no run: each first finds an effect that was planted.",
    subcommands: [SearchStudyCommand.self])
}

struct SearchStudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Search trees of CaptionGrid, distil them into a policy and a value, and drop the critics one by one.",
    discussion: "Rows 1 and 8 of docs/methods.md. Exit status 1: a control failed, so the other verdicts mean nothing.")

  @Option(help: "Seeds, 1 to 100.")
  var seeds = 5

  @Option(help: "Nodes for each move on held-out tasks, 1 to 10000.")
  var nodes = SearchStudy.Settings().nodes

  func validate() throws {
    guard (1...100).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 100, not \(seeds)") }
    guard (1...10_000).contains(nodes) else { throw ValidationError("--nodes must be from 1 to 10000, not \(nodes)") }
  }

  func run() throws {
    var settings = SearchStudy.Settings()
    settings.nodes = nodes
    let report = SearchReport(seeds: seeds, settings) { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
    let rows = report.lines.map { line in
      [
        line.row, line.title, "\(line.values.count)", number(line.mean),
        line.interval.map { "\(number($0.lower)) ... \(number($0.upper))" } ?? "-", "at least \(number(line.bar))",
        line.verdict.map { "**\($0.rawValue)**" } ?? "one seed",
      ]
    }
    let head = ["row", "requirement", "seeds", "measured", "95 %", "bar", "verdict"]
    print(TextTable([head] + rows, textColumns: [0, 1, 5, 6]).markdown)
    if report.lines.contains(where: { $0.row == "control" && $0.verdict == .failed }) { throw ExitCode(1) }
  }

  private func number(_ value: Double) -> String { String(format: "%.3f", value) }
}
