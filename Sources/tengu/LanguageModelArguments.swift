import ArgumentParser
import Configuration

/// Where the language model is, in place of what the configuration says.
struct LanguageModelArguments: ParsableArguments {
  @Option(
    name: .customLong("llm-url"),
    help: ArgumentHelp(
      "A language-model server, such as http://127.0.0.1:8080; may be given several times.", valueName: "url"))
  var urls: [String] = []

  @Option(
    name: .customLong("llm-model"),
    help: ArgumentHelp("The model's name; without one whichever the server has.", valueName: "name"))
  var model: String?

  @Option(
    name: .customLong("llm-key-file"),
    help: ArgumentHelp("A file with the key that the server asks for.", valueName: "file"))
  var keyFile: String?

  @Option(
    name: .customLong("llm-prompt"),
    help: ArgumentHelp("The prompt to ask with; `tengu prompts list` shows them.", valueName: "name"))
  var prompt: String?

  /// Whether nothing is given.
  var isEmpty: Bool { urls.isEmpty && model == nil && keyFile == nil && prompt == nil }

  /// `section` with what is given in its place. Other servers know nothing of the configured model or key.
  func applied(to section: LanguageModelSection) -> LanguageModelSection {
    var section = section
    if !urls.isEmpty {
      section.servers = urls.joined(separator: " ")
      section.model = ""
      section.keyFile = ""
      section.keyVariable = ""
    }
    if let model { section.model = model }
    if let keyFile {
      section.keyFile = keyFile
      section.keyVariable = ""
    }
    if let prompt { section.prompt = prompt }
    return section
  }
}
