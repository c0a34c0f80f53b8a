import ArgumentParser
import Assembly
import Configuration
import EnvironmentChecks
import Environments
import Foundation

struct EnvironmentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "envs", abstract: "List, check and measure the tasks that environment.task can name.",
    subcommands: [EnvironmentListCommand.self, EnvironmentCheckCommand.self, EnvironmentSpeedCommand.self],
    defaultSubcommand: EnvironmentListCommand.self)
}

struct EnvironmentListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the tasks that environment.task can name.")

  @Flag(help: "Print one JSON array: for each task its name and summary, and for a family of tasks an example.")
  var json = false

  private struct Line: Encodable {
    let name: String
    let summary: String
    let example: String?
  }

  func run() throws {
    let registry = EnvironmentRegistry.standard
    let lines =
      registry.entries.map { Line(name: $0.name, summary: $0.summary, example: nil) }
      + registry.families.map { Line(name: "\($0.prefix):...", summary: $0.summary, example: $0.example) }
    if json { return try printJSON(lines) }
    let width = lines.map(\.name.count).max() ?? 0
    for line in lines {
      let example = line.example.map { ", such as \($0)" } ?? ""
      print(line.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + line.summary + example)
    }
  }
}

/// A task and the fields of `[environment]` that it is tried with.
struct TaskArguments: ParsableArguments {
  @Argument(help: "Name of the task, such as CaptionGrid.")
  var task: String

  @Argument(help: "Fields of the task, as environment.field=value.")
  var overrides: [String] = []

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  func load() throws -> (entry: EnvironmentEntry, options: EnvironmentOptions) {
    let configuration = try Registries.standard.configuration(overrides: ["environment.task=\(task)"] + overrides)
    let plan = try RunPlan(configuration, netHackDirectory: nethack)
    return (try Registries.standard.environments.entry(named: task), plan.options)
  }
}

struct EnvironmentCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Play a task and report where it breaks the rules of environments.",
    discussion: "docs/adding-an-environment.md lists the rules. Exit status 1: the task breaks one.")

  @OptionGroup var arguments: TaskArguments

  @Option(help: "Number of episodes that two instances play with the same seeds.")
  var episodes = 20

  func validate() throws {
    if !(1...100_000).contains(episodes) { throw ValidationError("--episodes must be from 1 to 100000.") }
  }

  func run() throws {
    try reportingFailure {
      let (entry, options) = try arguments.load()
      let seeds = (0..<episodes).map { UInt64($0) }
      let violations = try EnvironmentConformance(entry: entry, options: options, seeds: seeds).violations()
      for violation in violations { print(violation) }
      if !violations.isEmpty { throw ExitCode(1) }
      print("\(entry.name) keeps the rules in \(episodes) episodes")
    }
  }
}

struct EnvironmentSpeedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "speed",
    abstract: "Measure a task on one thread with random actions: environment steps per CPU second.")

  @OptionGroup var arguments: TaskArguments

  @Option(help: "Environments that the thread steps in turn.")
  var environments = 16

  @Option(help: "CPU seconds to measure for.")
  var seconds = 3.0

  func validate() throws {
    if !(1...65_536).contains(environments) { throw ValidationError("--environments must be from 1 to 65536.") }
    if !(0...3600).contains(seconds) { throw ValidationError("--seconds must be from 0 to 3600.") }
  }

  func run() throws {
    try reportingFailure {
      let (entry, options) = try arguments.load()
      let rate = try EnvironmentSpeed.stepsPerSecond(
        options: options, entry: entry, environmentCount: environments, seed: 1, seconds: seconds)
      print("\(entry.name): \(String(format: "%.0f", rate)) steps per CPU second")
    }
  }
}
