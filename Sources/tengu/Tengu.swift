import ArgumentParser
import CPlatform
import Foundation
import Tensor

@main
struct Tengu: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tengu",
    abstract:
      "Distributed actor-learner training with an intrinsic reward that is learned online from labelled captions.",
    version: tenguVersion,
    subcommands: [
      LearnerCommand.self, WorkerCommand.self, RelayCommand.self, AnnotatorCommand.self, SerialCommand.self,
      StatusCommand.self,
      AnnotateCommand.self, LabelsCommand.self, RewardsCommand.self, PromptsCommand.self, PrincipleCommand.self,
      KeysCommand.self,
      EnvironmentsCommand.self, EvaluateCommand.self, ExperimentCommand.self,
      TextCommand.self,
      ReplayCommand.self, TraceCommand.self, ExportCommand.self, CompareCommand.self,
      DashboardCommand.self,
      LaunchCommand.self, AttachCommand.self, StopCommand.self, ServeModelCommand.self, DoctorCommand.self,
    ],
    defaultSubcommand: LearnerCommand.self)

  /// Options without a subcommand belong to `learner`. Without any argument the program prints its help.
  static func main() {
    BLASKernels.restartIfUnsuitable()
    tengu_skip_library_destructors()
    let arguments = CommandLine.arguments.dropFirst()
    do {
      var command = try parseAsRoot(arguments.isEmpty ? ["--help"] : Array(arguments))
      try command.run()
    } catch {
      end(with: error)
    }
  }

  /// Ends the program with the message and the status of an error, which may be a request for help.
  private static func end(with error: any Error) -> Never {
    let status = exitCode(for: error)
    var message = fullMessage(for: error)
    // A user who called a script is told how to call the script.
    if let script = ProcessInfo.processInfo.environment["TENGU_SCRIPT"], script.hasSuffix(".sh") {
      let command = script.split(separator: "/").last.map { $0.dropLast(".sh".count) } ?? ""
      message = message.replacing("tengu \(command)", with: script)
    }
    if !message.isEmpty {
      (status.isSuccess ? FileHandle.standardOutput : FileHandle.standardError).write(Data("\(message)\n".utf8))
    }
    Foundation.exit(status.rawValue)
  }
}

/// The version that `tengu --version` prints and that runs record.
let tenguVersion = "0.1.0"
