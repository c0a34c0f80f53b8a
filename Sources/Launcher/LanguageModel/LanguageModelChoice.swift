/// The language model that an annotator asks, as the command line names it. What is nil or empty follows the run's
/// configuration.
public struct LanguageModelChoice: Sendable, Equatable {
  /// Addresses of servers that speak OpenAI's protocol.
  public var urls: [String] = []
  public var model: String?
  /// A file with the key that the servers ask for.
  public var keyFile: String?
  /// The prompt's name or file.
  public var prompt: String?

  public init() {}

  public var isEmpty: Bool { self == LanguageModelChoice() }

  /// The options of `tengu annotator`.
  var arguments: [String] {
    urls.flatMap { ["--llm-url", $0] } + option("--llm-model", model) + option("--llm-key-file", keyFile)
      + option("--llm-prompt", prompt)
  }
}

/// An option and its value, or nothing if there is no value.
func option(_ name: String, _ value: String?) -> [String] { value.map { [name, $0] } ?? [] }
