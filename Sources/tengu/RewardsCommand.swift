import ArgumentParser
import Configuration
import Foundation
import Learner
import Telemetry

struct RewardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewards", abstract: "Look into what a run's agent is paid for.",
    discussion: "The numbers are those of the latest checkpoint, all sessions of the run together.",
    subcommands: [RewardsTop.self, RewardsBottom.self, RewardsFlips.self, RewardsCoverage.self])
}

/// Which run, and how much of it.
struct RewardsTarget: ParsableArguments {
  @Argument(help: ArgumentHelp("A run directory.", valueName: "run"))
  var run: String

  func table() throws -> RewardTable {
    let path = "\(run)/rewards.tsv"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw RunError.refused("there is no \(path): a run writes it with its first checkpoint")
    }
    return try RewardTable(text: text, fileName: path)
  }

  /// The run's latest metrics; nil if there are none.
  func metrics() -> MetricsRecord? {
    guard let text = try? String(contentsOfFile: "\(run)/metrics.jsonl", encoding: .utf8) else { return nil }
    return text.split(separator: "\n").reversed().lazy.compactMap { MetricsRecord(jsonLine: String($0)) }.first
  }
}

struct RewardsLength: ParsableArguments {
  @Option(help: ArgumentHelp("Captions to print.", valueName: "n"))
  var count = 20

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count must be above 0, not \(count).") }
  }
}

struct RewardsTop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "The captions that were paid most, all their steps together.")

  @OptionGroup var target: RewardsTarget
  @OptionGroup var length: RewardsLength

  func run() throws {
    try reportingFailure {
      let table = try target.table()
      print(RewardReport.captions(table.rows.prefix(length.count), of: table.sum), terminator: "")
    }
  }
}

struct RewardsBottom: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bottom", abstract: "The captions that were paid least: below nothing, then nothing most often.")

  @OptionGroup var target: RewardsTarget
  @OptionGroup var length: RewardsLength

  func run() throws {
    try reportingFailure {
      let table = try target.table()
      let rows = table.rows.sorted { ($0.paid, -$0.steps) < ($1.paid, -$1.steps) }.prefix(length.count)
      print(RewardReport.captions(rows, of: table.sum), terminator: "")
    }
  }
}

struct RewardsFlips: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flips", abstract: "The captions about which the reward model changed its mind, most often first.")

  @OptionGroup var target: RewardsTarget
  @OptionGroup var length: RewardsLength

  func run() throws {
    try reportingFailure {
      let table = try target.table()
      let flipped = table.rows.filter { $0.flips > 0 }.sorted { ($0.flips, $0.steps) > ($1.flips, $1.steps) }
      if flipped.isEmpty { return print("no caption came to be worth something, or ceased to") }
      print(RewardReport.captions(flipped.prefix(length.count), of: table.sum), terminator: "")
    }
  }
}

struct RewardsCoverage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coverage",
    abstract: "How much of what the agent meets is known, how far model and labels agree, and whether an alarm holds.")

  @OptionGroup var target: RewardsTarget

  func run() throws {
    try reportingFailure { print(RewardReport.coverage(try target.table(), target.metrics()), terminator: "") }
  }
}
