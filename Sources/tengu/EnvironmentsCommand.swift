import ArgumentParser
import Assembly
import Environments
import Foundation

struct EnvironmentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "envs", abstract: "List the tasks a run can name.")

  func run() {
    let width = EnvironmentRegistry.standard.entries.map(\.name.count).max() ?? 0
    for entry in EnvironmentRegistry.standard.entries {
      print(entry.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + entry.summary)
    }
  }
}
