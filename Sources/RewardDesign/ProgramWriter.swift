import Judging
import RewardPrograms

/// Has a language model write a reward program: it is told the language, the observations and some messages of the game, and
/// learns what is wrong with what it writes, until a program compiles and passes its trial.
public struct ProgramWriter: Sendable {
  /// One text of the model and what is wrong with it.
  public struct Attempt: Sendable, Hashable {
    public let text: String
    /// nil for a program that can be used.
    public let problem: String?
  }

  private static let answerTokens = 600
  private static let answerSeconds = 600.0

  private let model: any LanguageModel
  private let schema: ProgramSchema
  /// Texts of the model until it is given up.
  private let attempts: Int
  private let temperature: Double

  public init(_ model: any LanguageModel, _ schema: ProgramSchema, attempts: Int, temperature: Double = 0.7) {
    (self.model, self.schema, self.attempts, self.temperature) = (model, schema, attempts, temperature)
  }

  /// Asks until there is a program that can be used.
  /// - Parameters:
  ///   - sample: steps that a program is tried on.
  ///   - note: receives each attempt.
  /// - Returns: nil if no attempt can be used.
  /// - Throws: `ModelFailure` if the model does not answer.
  public func write(
    _ assignment: ProgramAssignment, sample: ProgramSample, note: (Attempt) -> Void
  ) async throws -> RewardProgram? {
    let first = ChatMessage(.user, ProgramPrompt.text(assignment, schema))
    var turns = [first]
    for attempt in 1...max(1, attempts) {
      let question = ModelQuestion(.chat(turns), maximumTokens: Self.answerTokens, temperature: temperature)
      let answer = try await model.answer(question, deadlineSeconds: Self.answerSeconds)
      let text = Self.program(in: answer.text)
      let (program, problem) = judge(text, sample)
      note(Attempt(text: text, problem: problem))
      if let program { return program }
      // A small model repeats what it wrote: every other attempt starts without it. The number makes the question a new one.
      turns =
        attempt.isMultiple(of: 2)
        ? [ChatMessage(.user, "\(first.text)\n\nThis is attempt \(attempt + 1).")]
        : [first, ChatMessage(.assistant, text), ChatMessage(.user, ProgramPrompt.correction(problem ?? ""))]
    }
    return nil
  }

  private func judge(_ text: String, _ sample: ProgramSample) -> (RewardProgram?, problem: String?) {
    do {
      let program = try RewardProgram(text, schema)
      let problem = sample.trial(program).trial.problem
      return (problem == nil ? program : nil, problem)
    } catch {
      return (nil, error.description)
    }
  }

  /// The program in an answer: the first block between fences, or the whole answer. What a model writes around the lines
  /// of a program is left out: the head of a function and its documentation, `return reward`, `print(reward)`. A last line without a name is
  /// the reward, which models often write alone, or after `return`.
  static func program(in answer: String) -> String {
    var lines = body(of: block(in: answer).split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    while let last = lines.lastIndex(where: \.isCode) {
      let line = lines[last].code
      if ["reward", "return reward", "print(reward)"].contains(line) {
        lines.remove(at: last)
        continue
      }
      if isValue(line) {
        let value = line.hasPrefix("return ") ? String(line.dropFirst("return ".count)) : line
        lines[last] = lines[last].prefix { $0.isBlank } + "reward = \(value)"
      }
      break
    }
    return lines.joined(separator: "\n").trimmedLines
  }

  /// Whether a line is a value alone, without a name for it.
  private static func isValue(_ line: String) -> Bool {
    if line.hasPrefix("return ") { return true }
    let names = line.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " }
    if ["if", "elif", "else", "pass"].contains(String(names.prefix { $0.isLetter })) { return false }
    let rest = line.dropFirst(names.count)
    let isAssignment = rest.hasPrefix("=") && !rest.hasPrefix("==")
    return !isAssignment && !["+=", "-=", "*=", "/="].contains { rest.hasPrefix($0) }
  }

  /// The lines of a function, without its head and its documentation; other lines as they are.
  private static func body(of lines: [String]) -> [String] {
    guard let head = lines.firstIndex(where: \.isCode), lines[head].code.hasPrefix("def "),
      lines[head].code.hasSuffix(":")
    else { return lines }
    var inner = Array(lines[(head + 1)...].prefix { !$0.isCode || $0.first?.isBlank == true })
    if let first = inner.firstIndex(where: \.isCode) {
      for quotes in ["\"\"\"", "\'\'\'"] where inner[first].code.hasPrefix(quotes) {
        let isOneLine = inner[first].code.dropFirst(3).contains(quotes)
        let end = isOneLine ? first : inner[(first + 1)...].firstIndex { $0.contains(quotes) } ?? first
        inner.removeSubrange(first...end)
      }
    }
    let indent = inner.filter(\.isCode).map { $0.prefix { $0.isBlank }.count }.min() ?? 0
    return inner.map { $0.isCode ? String($0.dropFirst(indent)) : $0.trimmed }
  }

  private static func block(in answer: String) -> String {
    let parts = answer.components(separatedBy: "```")
    guard parts.count > 1 else { return answer.trimmedLines }
    let block = parts[1]
    // A fence may name a language in its line.
    let lines = block.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard lines.count == 2, !lines[0].contains("=") else { return String(block).trimmedLines }
    return String(lines[1]).trimmedLines
  }
}

extension Character {
  fileprivate var isBlank: Bool { self == " " || self == "\t" || self == "\r" || self == "\n" || self == "\r\n" }
}

extension String {
  fileprivate var trimmed: String {
    let start = drop { $0.isBlank }
    return String(start.reversed().drop { $0.isBlank }.reversed())
  }

  /// The text without the blank lines around it.
  fileprivate var trimmedLines: String {
    var lines = split(separator: "\n", omittingEmptySubsequences: false)[...]
    lines = lines.drop { $0.allSatisfy(\.isBlank) }
    while let last = lines.last, last.allSatisfy(\.isBlank) { lines.removeLast() }
    return lines.joined(separator: "\n")
  }

  /// A line without indentation and comment.
  fileprivate var code: String {
    var quote: Character?
    let text = prefix { character in
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      }
      return quote != nil || character != "#"
    }
    return String(text).trimmed
  }

  /// Whether a line is neither blank nor a comment.
  fileprivate var isCode: Bool { !code.isEmpty }

  fileprivate func components(separatedBy separator: String) -> [Substring] {
    var (parts, rest) = ([Substring](), self[...])
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}
