import Foundation

/// The prompts that ship with Tengu, compiled in, and those in files of the user's own.
public enum PromptLibrary {
  /// What each prompt is for, in the order of a list.
  public static let names = ["default", "few-shot", "tagged", "paraphrase", "ranking"]

  private static let files: [String: [UInt8]] = [
    "default": PackageResources.default_prompt_md, "few-shot": PackageResources.few_shot_prompt_md,
    "tagged": PackageResources.tagged_prompt_md, "paraphrase": PackageResources.paraphrase_prompt_md,
    "ranking": PackageResources.ranking_prompt_md,
  ]

  /// A prompt by its name, or by the path of its file: whatever has a slash or ends in `.md` is a path.
  /// - Throws: naming the prompt, or file and line.
  public static func prompt(_ nameOrPath: String) throws(PromptError) -> Prompt {
    if nameOrPath.contains("/") || nameOrPath.hasSuffix(".md") { return try load(path: nameOrPath) }
    guard let bytes = files[nameOrPath] else {
      throw PromptError(
        file: nameOrPath, problem: "not one of \(names.joined(separator: ", ")), nor the path of a file (*.md)")
    }
    return try PromptParser.parse(String(decoding: bytes, as: UTF8.self), file: nameOrPath)
  }

  /// The messages that find a model's threshold, for prompts that bring none of their own. They are neither examples of a
  /// prompt that ships nor messages that prompts are measured with.
  public static let calibration: LabelledMessages = {
    let text = String(decoding: PackageResources.calibration_md, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { $0.element.hasPrefix("|") }.map { (number: $0.offset + 1, text: $0.element) }
    do {
      return try LabelledMessages.parse(lines, file: "calibration")
    } catch {
      preconditionFailure("the table is a constant that a test reads: \(error)")
    }
  }()

  /// The text of a file as it ships, to start one's own from; nil for an unknown name.
  public static func source(_ name: String) -> String? { files[name].map { String(decoding: $0, as: UTF8.self) } }

  private static func load(path: String) throws(PromptError) -> Prompt {
    let text: String
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      // One byte more than is taken, so that a file without end is not read to its end.
      let data = try handle.read(upToCount: PromptParser.maximumBytes + 1) ?? Data()
      text = String(decoding: data, as: UTF8.self)
    } catch {
      throw PromptError(file: path, problem: "cannot be read: \(error.localizedDescription)")
    }
    return try PromptParser.parse(text, file: path)
  }
}
