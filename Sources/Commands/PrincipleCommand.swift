import ArgumentParser
import Assembly
import Configuration
import Foundation
import Launcher
import Learner

struct PrincipleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "principle",
    abstract: "Set the principle by which the language model of a run judges captions, while the run continues.",
    discussion: """
      The run discards labels by the old principle and asks about the captions again, newest first. The command is \
      refused where nothing would read the principle: the run must be going, and its annotator must be a language model.
      """)

  @Argument(help: ArgumentHelp("The run directory, or the run's name.", valueName: "run"))
  var target: String

  @Argument(help: ArgumentHelp("One sentence (default: return to the configured goal).", valueName: "text"))
  var text = ""

  func run() throws {
    try reportingFailure {
      let installation = Installation()
      let folder = try RunFolder(named: target, in: installation)
      let configuration = try Registries.standard.configuration(file: "\(folder.path)/config.toml")
      try expectReader(configuration, of: folder.name)
      guard folder.isGoing(in: installation) else {
        throw LauncherError(
          "run \(folder.name) is not going, so nobody reads a principle; start it with "
            + "language_model.principle=TEXT instead", .usage)
      }
      try PrincipleFile(runDirectory: URL(filePath: folder.path)).write(text)
      let words = text.isEmpty ? "the goal \"\(configuration.languageModel.goal)\"" : "\"\(text)\""
      print(
        "run \(folder.name) judges captions by \(words) within a second or two; labels by the earlier principle stay in "
          + "the store, no longer count, and are asked for again, newest captions first")
    }
  }

  /// - Throws: `LauncherError` if the annotator of the run judges by no goal, or keeps its goal.
  private func expectReader(_ configuration: RunConfiguration, of name: String) throws {
    let annotator = configuration.annotator
    guard [.llm, .layered].contains(annotator.kind) else {
      throw LauncherError(
        "the annotator of run \(name) is \"\(annotator.kind.rawValue)\", which judges by no goal; only a language model "
          + "(annotator.kind = \"llm\" or \"layered\") reads a principle", .usage)
    }
    guard annotator.pairShare == 0 else {
      throw LauncherError(
        "run \(name) compares captions (annotator.pair_share = \(annotator.pairShare)) and keeps its goal: the store does "
          + "not tell preferences by one goal from those by another", .usage)
    }
  }
}
