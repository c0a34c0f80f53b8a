import Configuration
import Judging
import LocalModel

/// The servers, the key and the files that an annotator may use. They come from its own options or configuration file, and
/// never from the learner, which could otherwise have a local file's content sent to a server of its choice as a key.
///
/// A learner's Welcome may set everything else in `[language_model]`: how captions are judged, and how many requests run
/// at once. All of it has bounds in the configuration's schema.
public struct LanguageModelAccess: Sendable, Equatable {
  /// Addresses; empty: the annotator has no server.
  public var servers = ""
  /// A model's file, which this annotator evaluates itself instead of asking servers; empty: none.
  public var file = ""
  /// Replaces the model that the run names; empty: the run's.
  public var model = ""
  public var keyFile = ""
  public var keyVariable = ""
  public var certificateFile = ""
  /// Replaces the prompt that the run names; empty: the run's.
  public var prompt = ""
  /// Prompt files that this annotator's owner names, which the run may then name too.
  private var promptFiles: Set<String> = []

  /// No access to anything.
  public init() {}

  /// What a configuration of the annotator's owner names.
  public init(_ section: LanguageModelSection) {
    servers = section.servers
    file = section.file
    model = section.model
    keyFile = section.keyFile
    keyVariable = section.keyVariable
    certificateFile = section.caFile
    promptFiles = Set(Self.prompts.map { section[keyPath: $0] })
  }

  private static var prompts: [WritableKeyPath<LanguageModelSection, String> & Sendable] {
    [\.prompt, \.pairPrompt, \.paraphrase]
  }

  /// Reads the model's file, so that the learner does not wait for it after its Welcome.
  /// - Returns: nil if the annotator has no file.
  /// - Throws: if the file cannot be read or has a model of another kind.
  public func readModel(_ log: (String) -> Void) throws(LocalModelError) -> LocalLanguageModel? {
    guard !file.isEmpty else { return nil }
    let model = try LocalLanguageModel(file: file)
    log(model.summary)
    return model
  }

  /// The section that this annotator works by in the run of a learner.
  /// - Throws: `AnnotatorError` if the run's prompt is a file that the annotator's owner has not named.
  func applied(to run: LanguageModelSection) throws(AnnotatorError) -> LanguageModelSection {
    var section = run
    section.servers = servers
    section.file = file
    section.keyFile = keyFile
    section.keyVariable = keyVariable
    section.caFile = certificateFile
    if !model.isEmpty { section.model = model }
    if !prompt.isEmpty { section.prompt = prompt }
    for path in Self.prompts {
      let name = section[keyPath: path]
      guard PromptLibrary.isPath(name), name != prompt, !promptFiles.contains(name) else { continue }
      throw .unavailable(
        "the run judges by a prompt of its own, \(name.debugDescription), and a learner may not choose files of this "
          + "machine; name your copy with --llm-prompt, or in [language_model] of a file for --config")
    }
    return section
  }

  /// The fields of a run that do not count here because they belong to the annotator's owner, by their names.
  func ignored(of run: LanguageModelSection) -> [String] {
    let fields = [
      ("servers", run.servers, servers), ("file", run.file, file), ("key_file", run.keyFile, keyFile),
      ("key_variable", run.keyVariable, keyVariable), ("ca_file", run.caFile, certificateFile),
    ]
    return fields.filter { !$0.1.isEmpty && $0.1 != $0.2 }.map { "language_model.\($0.0)" }
  }
}
