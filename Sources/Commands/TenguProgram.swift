import ActorCritic
import Assembly
import CPlatform
import Environments
import Foundation
import Tensor

/// The whole command line as a function: learner, worker, annotator, serial runs, launch, evaluation, replay, export.
///
/// A program that adds tasks and networks of its own calls `run` from its `main`. Its run directories, configurations and
/// peers are those of `tengu`; the processes that a run starts are the same program, so that they know the same names.
public enum TenguProgram {
  /// Runs the command that the process's arguments name, and ends the process with its status.
  ///
  /// Options without a subcommand belong to `learner`. Without any argument the program prints its help.
  /// - Parameters:
  ///   - environments: tasks in addition to those that come with the package. A name of one of those is a mistake, and ends
  ///     the program with a message.
  ///   - networks: networks in addition to the built-in ones.
  public static func run(adding environments: [EnvironmentEntry] = [], networks: [NetworkEntry] = []) -> Never {
    BLASKernels.restartIfUnsuitable()
    tengu_skip_library_destructors()
    let arguments = CommandLine.arguments.dropFirst()
    do {
      try Registries.extendStandard(environments: environments, networks: networks)
      var command = try TenguCommand.parseAsRoot(arguments.isEmpty ? ["--help"] : Array(arguments))
      try command.run()
    } catch {
      end(with: error)
    }
    Foundation.exit(0)
  }

  /// The version of the package, which `tengu --version` prints and which runs record.
  public static var version: String { tenguVersion }

  /// Ends the program with the message and the status of an error, which may be a request for help.
  private static func end(with error: any Error) -> Never {
    let status = TenguCommand.exitCode(for: error)
    var message = TenguCommand.fullMessage(for: error)
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
