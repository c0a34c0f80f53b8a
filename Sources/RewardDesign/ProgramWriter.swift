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

  /// The program in an answer: the first block between fences, or the whole answer. A last line without a name is the
  /// reward, which models often write alone, or after `return`.
  static func program(in answer: String) -> String {
    var lines = block(in: answer).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let last = lines.lastIndex(where: { !$0.trimmed.isEmpty }) else { return "" }
    var line = lines[last].trimmed
    if line.hasPrefix("return ") { line = String(line.dropFirst("return ".count)) }
    let names = line.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " }
    let rest = line.dropFirst(names.count)
    if !rest.hasPrefix("=") || rest.hasPrefix("==") { lines[last] = "reward = \(line)" }
    return lines.joined(separator: "\n")
  }

  private static func block(in answer: String) -> String {
    let parts = answer.components(separatedBy: "```")
    guard parts.count > 1 else { return answer.trimmed }
    let block = parts[1]
    // A fence may name a language in its line.
    let lines = block.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard lines.count == 2, !lines[0].contains("=") else { return String(block).trimmed }
    return String(lines[1]).trimmed
  }
}

extension String {
  fileprivate var trimmed: String {
    let blank: Set<Character> = [" ", "\n", "\t", "\r"]
    let start = drop { blank.contains($0) }
    return String(start.reversed().drop { blank.contains($0) }.reversed())
  }

  fileprivate func components(separatedBy separator: String) -> [Substring] {
    var (parts, rest) = ([Substring](), self[...])
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}
