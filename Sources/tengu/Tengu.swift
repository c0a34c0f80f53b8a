import ArgumentParser
import CPlatform

@main
struct Tengu: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tengu",
    abstract:
      "Distributed actor-learner training with an intrinsic reward that is learned online from labelled captions.",
    version: tenguVersion,
    subcommands: [
      LearnerCommand.self, WorkerCommand.self, AnnotatorCommand.self, SerialCommand.self, StatusCommand.self,
      AnnotateCommand.self, LabelsCommand.self, RewardsCommand.self, PromptsCommand.self, PrincipleCommand.self,
      KeysCommand.self,
      EnvironmentsCommand.self, EvaluateCommand.self, ExperimentCommand.self,
      ReplayCommand.self, TraceCommand.self,
      LaunchCommand.self, AttachCommand.self, StopCommand.self, ServeModelCommand.self,
    ],
    defaultSubcommand: LearnerCommand.self)

  /// Options without a subcommand belong to `learner`. Without any argument the program prints its help.
  static func main() {
    tengu_skip_library_destructors()
    let arguments = CommandLine.arguments.dropFirst()
    main(arguments.isEmpty ? ["--help"] : Array(arguments))
  }
}

/// The version that `tengu --version` prints and that runs record.
let tenguVersion = "0.1.0"
