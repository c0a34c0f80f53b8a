import ArgumentParser
import Configuration
import Foundation
import Learner
import Runtime
import Transport
import Wire

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Print the state of a run: peers, rates, policy lag, captions; or follow it.")

  @Argument(help: ArgumentHelp("A run directory, or the HOST:PORT of a learner.", valueName: "run"))
  var target: String

  @Option(help: ArgumentHelp("Secret CURVE key of a peer, for a learner on another machine.", valueName: "file"))
  var key: String?

  @Flag(help: "Print the answer as JSON; with --watch, one line for each answer.")
  var json = false

  @Flag(help: "Print where the time goes, phase by phase, and what limits the run.")
  var phases = false

  @Flag(help: "Follow the run on a full screen until Ctrl-C or q; as plain text if the output is no terminal.")
  var watch = false

  @Option(help: ArgumentHelp("Seconds between two looks of --watch, 0.2 to 3600.", valueName: "seconds"))
  var interval = 1.0

  func validate() throws {
    guard (0.2...3600).contains(interval) else {
      throw ValidationError("--interval is from 0.2 to 3600 seconds, not \(interval).")
    }
    if phases && json { throw ValidationError("--json has the phases already (view.phases); leave --phases out.") }
  }

  func run() throws {
    try reportingFailure {
      let connection = try StatusConnection(target: target, key: key)
      if watch { return try StatusWatch(connection, interval: interval, json: json, phases: phases).run() }
      let status = try connection.ask()
      print(json ? try status.printableJSON : try text(of: status))
    }
  }

  private func text(of status: RunStatus) throws -> String {
    guard phases else { return status.table }
    guard let phases = status.view?.phases else {
      throw RunError.refused("the learner has not written its first line yet (telemetry.interval_seconds)")
    }
    return phases.table
  }
}
