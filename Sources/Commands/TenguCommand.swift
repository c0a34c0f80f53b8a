import ArgumentParser
import Foundation

/// The root of the command line.
struct TenguCommand: ParsableCommand {
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
      DashboardCommand.self, ProgramsCommand.self, StudyCommand.self,
      LaunchCommand.self, AttachCommand.self, StopCommand.self, ServeModelCommand.self, DoctorCommand.self,
    ],
    defaultSubcommand: LearnerCommand.self)
}

/// The version that `tengu --version` prints and that runs record.
let tenguVersion = "0.1.0"
