import ArgumentParser
import Environments
import NetHack

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
