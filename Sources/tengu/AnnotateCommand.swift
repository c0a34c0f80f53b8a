import ArgumentParser

struct AnnotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotate", abstract: "What annotators are worth.", subcommands: [AnnotateEvaluation.self])
}
