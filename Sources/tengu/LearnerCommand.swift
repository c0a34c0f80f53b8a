import ArgumentParser
import Learner
import Transport

struct LearnerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learner", abstract: "Train the policy and the reward model from what workers and annotators send.")

  @OptionGroup var arguments: RunOptions

  func run() throws {
    try reportingFailure {
      let options = try arguments.learnerOptions()
      if arguments.dryRun { return print(options.configuration.tomlText(), terminator: "") }
      let signals = try ProcessSignals()
      let learner = try LearnerService.open(options, context: MessagingContext())
      try learner.run(signals: signals)
    }
  }
}
