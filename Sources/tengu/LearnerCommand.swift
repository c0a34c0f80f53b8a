import ArgumentParser
import Learner
import Runtime
import Transport

struct LearnerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learner", abstract: "Train the policy and the reward model from what workers and annotators send.")

  @OptionGroup var arguments: RunOptions

  func run() throws {
    try reportingFailure {
      if arguments.dryRun { return print(try arguments.dryRunText(), terminator: "") }
      let options = try arguments.learnerOptions()
      let signals = try ProcessSignals()
      let learner = try LearnerService.open(options, context: MessagingContext()) {
        signals.next().map { "received \($0)" }
      }
      try learner.run(signals: signals)
    }
  }
}
