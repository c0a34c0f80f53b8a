import ArgumentParser
import Configuration

/// Which annotator judges, for commands that ask one outside of a run.
struct JudgeArguments: ParsableArguments {
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    /// The table of rules.
    case rules
    /// A language model.
    case llm
    /// The rules, and where they are silent the language model.
    case layered
  }

  @Option(help: "Who labels.")
  var annotator = Kind.rules

  @OptionGroup var server: LanguageModelArguments

  @Option(help: ArgumentHelp("The goal to judge by.", valueName: "name"))
  var goal: String?

  func validate() throws {
    let isModel = annotator != .rules
    if isModel, server.urls.isEmpty { throw ValidationError("--annotator \(annotator.rawValue) needs --llm-url.") }
    if !isModel, !server.isEmpty || goal != nil {
      throw ValidationError("--llm-url, --llm-model, --llm-key-file, --llm-prompt and --goal are for a language model.")
    }
  }

  /// The configuration's words for what is asked.
  var languageModel: LanguageModelSection {
    var section = server.applied(to: LanguageModelSection())
    if let goal { section.goal = goal }
    return section
  }
}
