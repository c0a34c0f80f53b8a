import ArgumentParser
import CPlatform

@main
struct Tengu: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tengu",
    abstract: "A distributed actor-learner trainer with an intrinsic reward learned online from labelled captions.",
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

  /// Options without a subcommand are the learner's; nothing at all asks for help rather than for a run of ten million
  /// steps.
  static func main() {
    tengu_skip_library_destructors()
    let arguments = CommandLine.arguments.dropFirst()
    main(arguments.isEmpty ? ["--help"] : Array(arguments))
  }
}

/// The version that `tengu --version` prints and that runs record.
let tenguVersion = "0.1.0"
