import Foundation

/// A question to a language model, as its file has it: constant text, places for goal and message, worked examples.
///
/// Docs: the grammar of the files is `PromptParser`'s.
public struct Prompt: Sendable, Hashable {
  /// What is asked.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Whether one message means progress.
    case classification
    /// Which of two messages means more.
    case ranking
  }

  /// How the model takes the question.
  public enum Style: String, Sendable, Hashable, CaseIterable {
    /// Turns of a conversation, for models tuned to instructions.
    case chat
    /// Text to be continued, for base models and the smallest of the others.
    case completion
  }

  /// How the answer is to be read.
  public enum AnswerForm: Sendable, Hashable {
    /// From the log-probabilities of the first token; where there are none, from the first word.
    case oneToken
    /// From the one tag of this name: `<label>FOO</label>`.
    case tagged(String)
  }

  /// In lower case, digits and hyphens.
  public var name: String
  /// From 1; raised by whoever changes what the prompt means.
  public var version: Int
  public var kind: Kind
  public var style: Style
  public var answer: AnswerForm
  /// Classification: the words for progress and for the rest. Ranking: first, second, neither.
  public var words: [String]
  /// Tokens of the answer at most.
  public var maximumTokens: Int
  /// Texts at which the answer ends.
  public var stops: [String]
  /// The system turn; nil for completions and for chats without one.
  public var system: PromptTemplate?
  /// The user's turn, or the text to be continued. The message stands in here, behind all else.
  public var body: PromptTemplate
  /// How one worked example reads; with `examples`.
  public var example: PromptTemplate?
  /// Worked examples with a label for each goal.
  public var examples: LabelledMessages?
  /// What is said to a model whose answer could not be read.
  public var reminder: String
  /// Messages whose labels are known, by which the model's threshold is found; nil for the ones that ship.
  public var calibration: LabelledMessages?
  /// What the player is after, by name, in the file's order. The text may be empty.
  public var goals: [Goal]

  public struct Goal: Sendable, Hashable {
    public var name: String
    public var text: String
  }
}

/// Why a prompt cannot be read or used.
public struct PromptError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file's path, or the name of a prompt that ships with Tengu.
  public let file: String
  /// From 1; 0 where no line is to blame.
  public let line: Int
  public let problem: String

  public init(file: String, line: Int = 0, problem: String) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  public var description: String {
    line == 0 ? "prompt \(file): \(problem)" : "prompt \(file), line \(line): \(problem)"
  }
}

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
