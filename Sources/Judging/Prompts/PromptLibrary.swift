import Foundation
import Runtime

/// The built-in prompts and those in the user's files.
public enum PromptLibrary {
  /// The names of the built-in prompts with a description, in the order of listings.
  public static let names = [
    "default", "few-shot", "tagged", "paraphrase", "critique", "rubric", "principles", "episode", "ranking",
  ]

  private static let files = Dictionary(
    uniqueKeysWithValues: names.map { ($0, EmbeddedFile.required("prompts/\($0).prompt.md")) })

  /// Whether a text is the path of a prompt's file and no name: it has a slash, or the ending `.md`.
  public static func isPath(_ nameOrPath: String) -> Bool { nameOrPath.contains("/") || nameOrPath.hasSuffix(".md") }

  /// A prompt by its name or by the path of its file.
  /// - Throws: an error that names the prompt, or file and line.
  public static func prompt(_ nameOrPath: String) throws(PromptError) -> Prompt {
    if isPath(nameOrPath) { return try load(path: nameOrPath) }
    guard let bytes = files[nameOrPath] else {
      throw PromptError(
        file: nameOrPath, problem: "not one of \(names.joined(separator: ", ")), nor the path of a file (*.md)")
    }
    return try PromptParser.parse(String(decoding: bytes, as: UTF8.self), file: nameOrPath)
  }

  /// The messages that find a model's threshold, for prompts without their own. They are neither examples of a built-in
  /// prompt nor messages of the evaluation sets.
  public static let calibration: LabelledMessages = {
    let text = String(decoding: EmbeddedFile.required("prompts/calibration.md"), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { $0.element.hasPrefix("|") }.map { (number: $0.offset + 1, text: $0.element) }
    do {
      return try LabelledMessages.parse(lines, file: "calibration")
    } catch {
      preconditionFailure("the table is a constant that a test reads: \(error)")
    }
  }()

  /// The source of a built-in prompt, as a starting point for the user's own; nil for an unknown name.
  public static func source(_ name: String) -> String? { files[name].map { String(decoding: $0, as: UTF8.self) } }

  private static func load(path: String) throws(PromptError) -> Prompt {
    let text: String
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      // One byte more than the limit, so that an endless file is not read completely.
      let data = try handle.read(upToCount: PromptParser.maximumBytes + 1) ?? Data()
      text = String(decoding: data, as: UTF8.self)
    } catch {
      throw PromptError(file: path, problem: "cannot be read: \(SystemReason.text(of: error))")
    }
    return try PromptParser.parse(text, file: path)
  }
}
