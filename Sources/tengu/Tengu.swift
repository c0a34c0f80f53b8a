import ArgumentParser

@main
struct Tengu: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tengu",
    abstract: "A distributed actor-learner trainer with an intrinsic reward learned online from labelled captions.",
    version: tenguVersion,
    subcommands: [
      LearnerCommand.self, WorkerCommand.self, AnnotatorCommand.self, SerialCommand.self, StatusCommand.self,
      KeysCommand.self, EnvironmentsCommand.self, BenchCommand.self, TraceCommand.self,
    ],
    defaultSubcommand: LearnerCommand.self)
}
