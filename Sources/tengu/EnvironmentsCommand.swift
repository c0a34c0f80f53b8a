import ArgumentParser
import Assembly
import Environments
import Foundation
import NetHack

struct EnvironmentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "envs", abstract: "List the tasks that environment.task can name.")

  func run() {
    let registry = EnvironmentRegistry.standard
    let lines =
      registry.entries.map { ($0.name, $0.summary) }
      + registry.families.map { ("\($0.prefix):...", "\($0.summary), such as \($0.example)") }
    let width = lines.map(\.0.count).max() ?? 0
    for (name, summary) in lines { print(name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + summary) }
  }
}

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Record every observation of a NetHack task, for comparison with Python's nle.",
    discussion: "scripts/compare-nle.sh records the same games with nle and compares the two files.")

  @Option(help: "Name of the task, such as NetHackScore.")
  var task: String

  @Option(help: "Seed of the games and of the random actions.")
  var seed: UInt64

  @Option(help: "Number of environment steps to record.")
  var steps: Int

  @Option(help: ArgumentHelp("File to write the trace to.", valueName: "file"))
  var out: String

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  func run() throws {
    try reportingFailure {
      let options = EnvironmentOptions(task: task, gameDirectory: nethack)
      try NetHackTrace.write(task: task, seed: seed, steps: steps, options: options, to: out)
    }
  }
}
