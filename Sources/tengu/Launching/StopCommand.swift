import ArgumentParser
import Launcher

struct StopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "End a run on this machine: the learner writes a checkpoint, dismisses its peers and exits.",
    discussion: "Waits up to 15 seconds. Exit status 1: the learner did not end, or belongs to another user.")

  @Argument(help: ArgumentHelp("Name or directory of a run (default: the newest).", valueName: "run"))
  var name: String?

  func run() throws {
    try reportingFailure { try RunStop(run: name, in: Installation())() }
  }
}
