import ArgumentParser
import Foundation
import Runtime
import TextPolicy
import TextTraining

/// `tengu text`: policies that write text.
struct TextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text",
    abstract: "Train policies that write text, on tasks with exact verifiers.",
    discussion: "docs/text.md shows what the rows are and what they gave.",
    subcommands: [
      TextTrainCommand.self, TextGateCommand.self, TextRowsCommand.self, TextDistillCommand.self,
    ])
}

/// The sizes of a text policy on the command line.
struct TextPolicyOptions: ParsableArguments {
  @Option(help: "Floats of a position's vector.")
  var width = 64

  @Option(help: "Number of blocks.")
  var layers = 2

  @Option(help: "Attention heads; the width is a multiple of them.")
  var heads = 4

  var transformer: TransformerOptions { TransformerOptions(width: width, layers: layers, heads: heads) }
}

struct TextGateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gate",
    abstract: "GRPO with the verifier on chain(3) after a supervised start: one line of JSON for each seed.")

  @OptionGroup var sizes: TextPolicyOptions

  @Option(help: "Seeds, from 1 on.")
  var seeds = 5

  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1

  @Option(help: "Batches of 32 prompts with 8 answers each.")
  var updates = 150

  @Option(help: "Passes over each batch.")
  var passes = 2

  func validate() throws {
    guard seeds > 0, updates > 0, passes > 0 else { throw ValidationError("seeds, updates and passes are at least 1") }
  }

  func run() throws {
    try reportingFailure {
      var gate = TextGate()
      gate.options = sizes.transformer
      gate.updates = updates
      gate.group.passes = passes
      for seed in firstSeed..<firstSeed + UInt64(clamping: seeds) {
        let result = try gate.run(seed: seed) { point in
          printToStandardError("seed \(seed), update \(point.updates): \(point.score)")
        }
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
        fflush(nil)
      }
    }
  }
}

struct TextRowsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rows",
    abstract: "Try the claims of published methods over seeds; a table with intervals and verdicts.")

  @OptionGroup var sizes: TextPolicyOptions

  @Argument(help: "Rows to run (default: all).")
  var rows: [String] = []

  @Option(help: "Seeds, from 1 on; all arms of a seed begin with the same policy.")
  var seeds = 5

  @Option(help: "Updates of an arm that learns by a policy gradient.")
  var updates = 60

  @Option(help: ArgumentHelp("Keep measures in this file, and run only the seeds that it lacks.", valueName: "file"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "End with status 1 if all rows together took more processor time than this, or one row more than a third of it.",
      valueName: "seconds"))
  var budget: Double?

  @Flag(help: "Run nothing; print the table of the file's rows.")
  var report = false

  @Flag(help: "Run nothing; print the names of all rows.")
  var list = false

  func validate() throws {
    guard seeds > 0, updates > 0 else { throw ValidationError("seeds and updates are at least 1") }
    if let budget, !(budget > 0) { throw ValidationError("--budget must be above 0") }
  }

  func run() throws {
    if list { return print(AllRows.all.map(\.name).joined(separator: "\n")) }
    try reportingFailure {
      var measured = try RowRecords(file: out)
      let lab = RowLab(options: sizes.transformer, updates: updates)
      print("| row | verdict | criterion | mean | 95 % interval | holds | s |\n|---|---|---|--:|---|---|--:|")
      for row in try rows.isEmpty ? AllRows.all : rows.map(AllRows.row) {
        for seed in 1...UInt64(clamping: seeds) where !report && !measured.contains(row.name, seed: seed) {
          let began = CurrentThread.cpuSeconds
          let measures = try row.run(lab, seed)
          let record = RowRecord(
            row: row.name, seed: seed, seconds: CurrentThread.cpuSeconds - began, measures: measures)
          try measured.add(record)
          printToStandardError(record.line)
        }
        let records = measured.records(of: row.name)
        guard !records.isEmpty else { continue }
        print(try table(row, records), terminator: "")
        fflush(nil)
      }
      if let budget { try check(measured, budget: budget) }
    }
  }

  private func check(_ measured: RowRecords, budget: Double) throws {
    let times = AllRows.all.map { row in
      (row: row.name, seconds: measured.records(of: row.name).reduce(0) { $0 + $1.seconds })
    }
    let total = times.reduce(0) { $0 + $1.seconds }
    printToStandardError("\(Int(total)) s of processor time; the budget is \(Int(budget)) s")
    let long = times.filter { $0.seconds > budget / 3 }.map { "\($0.row) (\(Int($0.seconds)) s)" }
    if !long.isEmpty { printToStandardError("more than a third of the budget: \(long.joined(separator: ", "))") }
    if total > budget || !long.isEmpty { throw ExitCode(1) }
  }

  /// The lines of a row, one for each criterion.
  private func table(_ row: TextRow, _ records: [RowRecord]) throws -> String {
    let results = try row.criteria.map { criterion in
      guard let result = CriterionResult(criterion, samples: records.map(\.measures)) else {
        throw TextRowError("row \(row.name) did not measure \"\(criterion.title)\" in every seed")
      }
      return result
    }
    return results.enumerated().map { index, result in
      let interval =
        result.interval.map { String(format: "%.3f ... %.3f", $0.lower, $0.upper) } ?? "one seed"
      let first = index == 0 ? "\(row.name) | \(results.verdict.rawValue)" : " | "
      let time = index == 0 ? String(format: "%.0f", records.reduce(0) { $0 + $1.seconds }) : ""
      return "| \(first) | \(result.title) | \(String(format: "%.3f", result.mean)) | \(interval) "
        + "| \(result.verdict.rawValue) | \(time) |\n"
    }.joined()
  }
}

/// One line on stderr.
private func printToStandardError(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
