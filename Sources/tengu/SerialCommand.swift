import ArgumentParser
import Learner
import Runtime
import Serial
import Transport

struct SerialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serial",
    abstract: "Run every role in this process, on one thread: the same seed gives the same weights, bit for bit.")

  @OptionGroup var arguments: RunOptions

  func run() throws {
    try reportingFailure {
      if arguments.dryRun { return print(try arguments.dryRunText(), terminator: "") }
      let options = try arguments.learnerOptions()
      let signals = try ProcessSignals()
      let interruption = { signals.next().map { "received \($0)" } }
      try SerialRun(options, netHackDirectory: arguments.nethack, interruption: interruption).run { signals.next() }
    }
  }
}
