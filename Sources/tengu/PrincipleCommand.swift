import ArgumentParser
import Configuration
import Foundation
import Learner

struct PrincipleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "principle",
    abstract: "Say in words what a run's language model judges captions by, also while the run goes on.",
    discussion: "Labels by the old principle are forgotten; captions are asked about again, newest first.")

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var directory: String

  @Argument(help: ArgumentHelp("One sentence; without one the configured goal counts again.", valueName: "text"))
  var text = ""

  func run() throws {
    try reportingFailure {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
        throw ConfigurationError(["there is no run directory \"\(directory)\""])
      }
      try PrincipleFile(runDirectory: URL(filePath: directory)).write(text)
    }
  }
}
