import ArgumentParser
import Configuration
import Foundation
import Learner
import Runtime
import Telemetry

struct RewardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewards", abstract: "Show which captions the agent of a run is rewarded for.",
    discussion: "The numbers are from the latest checkpoint and cover all sessions of the run.",
    subcommands: [RewardsTop.self, RewardsBottom.self, RewardsFlips.self, RewardsCoverage.self])
}

/// The run that a command reads.
struct RewardsTarget: ParsableArguments {
  @Argument(help: ArgumentHelp("A run directory.", valueName: "run"))
  var run: String

  func table() throws -> RewardTable {
    let path = "\(run)/rewards.tsv"
    guard let text = try TextFile.read(path) else {
      throw RunError.refused("there is no \(path): a run writes it with its first checkpoint")
    }
    return try RewardTable(text: text, fileName: path)
  }

  /// The latest metrics of the run; nil if there are none.
  func metrics() throws -> MetricsRecord? {
    guard let text = try TextFile.read("\(run)/metrics.jsonl") else { return nil }
    return text.split(separator: "\n").reversed().lazy.compactMap { MetricsRecord(jsonLine: String($0)) }.first
  }
}

struct RewardsLength: ParsableArguments {
  @Option(help: ArgumentHelp("Number of captions to print.", valueName: "n"))
  var count = 20

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count must be above 0, not \(count).") }
  }
}

struct RewardsTop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Print the captions with the largest total reward.")

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
    commandName: "bottom",
    abstract:
      "Print the captions with the smallest total reward: first negative ones, then the most frequent without reward.")

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
    commandName: "flips", abstract: "Print the captions whose reward appeared or disappeared most often.")

  @OptionGroup var target: RewardsTarget
  @OptionGroup var length: RewardsLength

  func run() throws {
    try reportingFailure {
      let table = try target.table()
      let flipped = table.rows.filter { $0.flips > 0 }.sorted { ($0.flips, $0.steps) > ($1.flips, $1.steps) }
      if flipped.isEmpty { return print("the reward of no caption has appeared or disappeared") }
      print(RewardReport.captions(flipped.prefix(length.count), of: table.sum), terminator: "")
    }
  }
}

struct RewardsCoverage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coverage",
    abstract: "Print the share of steps with a known caption, the agreement of model and labels, and active alarms.")

  @OptionGroup var target: RewardsTarget

  func run() throws {
    try reportingFailure { print(RewardReport.coverage(try target.table(), try target.metrics()), terminator: "") }
  }
}
