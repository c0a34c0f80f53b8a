import ArgumentParser
import Environments
import NetHack

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
