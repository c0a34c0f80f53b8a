import ArgumentParser
import Assembly
import Environments
import Foundation
import NetHack

struct EnvironmentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "envs", abstract: "List the tasks a run can name.")

  func run() {
    let width = EnvironmentRegistry.standard.entries.map(\.name.count).max() ?? 0
    for entry in EnvironmentRegistry.standard.entries {
      print(entry.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + entry.summary)
    }
  }
}

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Record every observation of a NetHack task, for comparison with Python's nle.")

  @Option(help: "The task.")
  var task: String

  @Option(help: "Seeds the games and the actions.")
  var seed: UInt64

  @Option(help: "Environment steps.")
  var steps: Int

  @Option(help: ArgumentHelp("The trace to write.", valueName: "file"))
  var out: String

  @Option(help: ArgumentHelp("The folder of libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  func run() throws {
    try reportingFailure {
      var options = EnvironmentOptions(task: task)
      if let nethack { options.netHackDirectory = nethack }
      try NetHackTrace.write(task: task, seed: seed, steps: steps, options: options, to: out)
    }
  }
}
