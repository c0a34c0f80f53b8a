import Annotation
import ArgumentParser

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

  @Option(
    name: .customLong("llm-url"),
    help: ArgumentHelp("The language model's server, such as http://127.0.0.1:8080.", valueName: "url"))
  var url: String?

  @Option(
    name: .customLong("llm-model"),
    help: ArgumentHelp("The model's name; without one whichever the server has.", valueName: "name"))
  var model: String?

  @Option(
    name: .customLong("llm-key-file"),
    help: ArgumentHelp("A file with the key that the server asks for.", valueName: "file"))
  var keyFile: String?

  @Option(help: ArgumentHelp("The prompt to ask with.", valueName: "name"))
  var prompt: String?

  @Option(help: ArgumentHelp("The goal to judge by.", valueName: "name"))
  var goal: String?

  func validate() throws {
    let isModel = annotator != .rules
    if isModel, url == nil { throw ValidationError("--annotator \(annotator.rawValue) needs --llm-url.") }
    if !isModel, [url, model, keyFile, prompt, goal].contains(where: { $0 != nil }) {
      throw ValidationError("--llm-url, --llm-model, --llm-key-file, --prompt and --goal are for a language model.")
    }
  }
}
