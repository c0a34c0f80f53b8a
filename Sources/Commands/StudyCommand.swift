import ArgumentParser
import Foundation
import Runtime
import Search
import Studies

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Measure claims of published methods that need no run, over seeds, with intervals and verdicts.",
    discussion:
      "Each study first finds an effect that was planted, and none where none was. Without a name the studies are "
      + "listed; docs/methods.md has their results. Exit status 1: a control failed, so the other verdicts mean nothing."
  )

  @Argument(help: "The study; none lists them.")
  var name: String?

  @Option(help: "Seeds, 1 to 100 (default: the study's own number).")
  var seeds: Int?

  @Option(help: "The first seed. Settings are chosen on other seeds than those that decide.")
  var firstSeed: UInt64 = 1

  @Option(help: ArgumentHelp("Also write the results to a file.", valueName: "file"))
  var json: String?

  @Option(help: "Of the study \"search\": nodes for each move on held-out tasks, 1 to 10000.")
  var nodes: Int?

  func validate() throws {
    if let seeds, !(1...100).contains(seeds) { throw ValidationError("--seeds must be from 1 to 100, not \(seeds)") }
    if let nodes {
      guard (1...10_000).contains(nodes) else { throw ValidationError("--nodes must be from 1 to 10000, not \(nodes)") }
      guard name == "search" else { throw ValidationError("only the study \"search\" has --nodes") }
    }
    if let name, StudyCatalogue.study(name) == nil {
      let names = StudyCatalogue.all.map(\.name).joined(separator: ", ")
      throw ValidationError("there is no study \"\(name)\"; there are \(names)")
    }
    if name == nil, seeds != nil || json != nil {
      throw ValidationError("name a study, or give no options for the list")
    }
  }

  func run() throws {
    guard let name, let study = study(name) else { return print(Self.list) }
    try reportingFailure {
      let report = try StudyReport(study, first: firstSeed, seeds: seeds ?? study.seeds) { Self.note($0) }
      print(Self.table(report))
      if let json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(report).write(to: URL(fileURLWithPath: json))
      }
      guard !report.controlsHold else { return }
      Self.note("a control failed: the other verdicts mean nothing")
      throw ExitCode(1)
    }
  }

  private func study(_ name: String) -> Study? {
    guard let nodes else { return StudyCatalogue.study(name) }
    var settings = SearchStudy.Settings()
    settings.nodes = nodes
    return .search(settings)
  }

  private static var list: String {
    let rows = StudyCatalogue.all.map { [$0.name, $0.rows.joined(separator: " "), "\($0.seeds)", $0.abstract] }
    return TextTable([["study", "rows", "seeds", "what it measures"]] + rows, textColumns: [0, 1, 3]).markdown
  }

  private static func table(_ report: StudyReport) -> String {
    let rows = report.lines.map { line in
      [
        line.row, line.title, line.mean.map(number) ?? "not measured",
        line.interval.map { "\(number($0.lower)) ... \(number($0.upper))" } ?? "-", line.bar,
        line.verdict.map { "**\($0)**" } ?? "one seed",
      ]
    }
    let head = ["row", "requirement", "measured", "95 %", "bar", "verdict"]
    return TextTable([head] + rows, textColumns: [0, 1, 4, 5]).markdown
      + String(format: "\n\n%d seeds, %.0f s of processor time", report.seeds, report.seconds)
  }

  private static func note(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

  private static func number(_ value: Double) -> String { String(format: "%.3f", value) }
}
