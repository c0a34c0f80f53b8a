import ArgumentParser
import Configuration
import LanguageModelClient

/// Options that replace the language model of the configuration.
struct LanguageModelArguments: ParsableArguments {
  @Option(
    name: .customLong("llm-url"),
    help: ArgumentHelp(
      "A language-model server, such as http://127.0.0.1:8080. Repeat the option for several servers.", valueName: "url"
    ))
  var urls: [String] = []

  @Option(
    name: .customLong("llm-file"),
    help: ArgumentHelp(
      "A model's GGUF file, which the annotator evaluates in its own process, on one core, instead of asking a server.",
      valueName: "file"))
  var file: String?

  @Option(
    name: .customLong("llm-model"),
    help: ArgumentHelp("Name of the model (default: the first model that the server lists).", valueName: "name"))
  var model: String?

  @Option(
    name: .customLong("llm-key-file"),
    help: ArgumentHelp("File with the API key of the server.", valueName: "file"))
  var keyFile: String?

  @Option(
    name: .customLong("llm-prompt"),
    help: ArgumentHelp("Name of the prompt; `tengu prompts list` prints the names.", valueName: "name"))
  var prompt: String?

  /// Addresses are looked at before they reach the arguments of another process.
  func validate() throws {
    if let file {
      guard urls.isEmpty, model == nil, keyFile == nil else {
        throw ValidationError(
          "--llm-file evaluates \(file) in this process; --llm-url, --llm-model and --llm-key-file are about servers.")
      }
    }
    for url in urls {
      do throws(ClientError) { _ = try ServerAddress(url) } catch { throw ValidationError("--llm-url: \(error)") }
    }
  }

  /// Whether none of the options is given.
  var isEmpty: Bool { urls.isEmpty && file == nil && model == nil && keyFile == nil && prompt == nil }

  /// Whether a server or a file is named.
  var namesModel: Bool { !urls.isEmpty || file != nil }

  /// `section` with the given options in place of its fields. New servers also clear the configured model and key, which
  /// belong to the old ones.
  func applied(to section: LanguageModelSection) -> LanguageModelSection {
    var section = section
    if !urls.isEmpty {
      section.servers = urls.joined(separator: " ")
      section.model = ""
      section.keyFile = ""
      section.keyVariable = ""
      section.file = ""
    }
    if let file {
      section.file = file
      section.servers = ""
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
