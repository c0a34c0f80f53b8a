import Foundation
import Runtime

/// Answers that a language model gave, by question, so that methods are judged on a real model without one.
///
/// The file is text. The first line is `# tengu answers 1`, the second `model NAME`; every other line is one answer, with
/// columns separated by tabs: the question's key (`QuestionKey`), the tokens of question and answer as the server counted
/// them, the text, and the alternatives of each token. An alternative is its text and its log-probability in hundredths of a
/// nat, `Yes:-12`, likeliest first and separated by `,`; tokens are separated by `;`. Tab, line break, `%`, `:`, `,` and `;`
/// are written as `%` and two hexadecimal digits.
public struct AnswerRecording: Sendable, Hashable {
  /// Version of the format, in the first line.
  public static let version = 1
  public static let maximumFileBytes = 1 << 20
  /// Alternatives kept of the only token of an answer, and of each token of a longer one.
  static let maximumAlternatives = (single: 8, several: 3)
  /// Tokens of an answer that are kept.
  static let maximumTokens = 32

  /// The model's name.
  public let model: String
  private var answers: [UInt64: ModelAnswer] = [:]

  public init(model: String) { self.model = model }

  public var count: Int { answers.count }

  public subscript(key: QuestionKey) -> ModelAnswer? { answers[key.value] }

  /// Adds an answer as it is read back from the file.
  /// - Returns: the line of the file.
  public mutating func add(_ answer: ModelAnswer, to key: QuestionKey) -> String {
    let line = Self.line(key, answer)
    if let (key, answer) = Self.parse(Substring(line), model: model) { answers[key] = answer }
    return line
  }

  /// The first two lines of a file.
  public var head: String { "# tengu answers \(Self.version)\nmodel \(model)\n" }

  /// Reads a file.
  /// - Throws: `RecordingError` with file and line.
  public init(contentsOf path: String) throws(RecordingError) {
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      data = try handle.read(upToCount: Self.maximumFileBytes + 1) ?? Data()
    } catch {
      throw RecordingError(file: path, line: 0, problem: "cannot be read: \(SystemReason.text(of: error))")
    }
    guard data.count <= Self.maximumFileBytes else {
      throw RecordingError(file: path, line: 0, problem: "longer than \(Self.maximumFileBytes) bytes")
    }
    try self.init(String(decoding: data, as: UTF8.self), file: path)
  }

  /// Reads the text of a file.
  /// - Parameter file: the file's name in errors.
  public init(_ text: String, file: String) throws(RecordingError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard lines.first == "# tengu answers \(Self.version)" else {
      throw RecordingError(file: file, line: 1, problem: "expected \"# tengu answers \(Self.version)\"")
    }
    guard lines.count > 1, lines[1].hasPrefix("model ") else {
      throw RecordingError(file: file, line: 2, problem: "expected \"model NAME\"")
    }
    model = String(lines[1].dropFirst(6))
    for (index, line) in lines.enumerated().dropFirst(2) {
      guard let (key, answer) = Self.parse(line, model: model) else {
        throw RecordingError(
          file: file, line: index + 1, problem: "this is not key, tokens, tokens, text, alternatives")
      }
      answers[key] = answer
    }
  }

  private static func line(_ key: QuestionKey, _ answer: ModelAnswer) -> String {
    let kept = answer.tokens.count > 1 ? maximumAlternatives.several : maximumAlternatives.single
    let tokens = answer.tokens.prefix(maximumTokens).map { token in
      // The token that was sampled need not be among the likeliest; an alternative of its own keeps its text.
      ([escaped(token.text)]
        + token.alternatives.prefix(kept).map { "\(escaped($0.text)):\(hundredths($0.logProbability))" })
        .joined(separator: ",")
    }
    return [
      String(key.value, radix: 16), "\(answer.promptTokens)", "\(answer.answerTokens)", escaped(answer.text),
      tokens.joined(separator: ";"),
    ].joined(separator: "\t")
  }

  /// Log-probabilities below -1000 nats are written as -1000.
  private static func hundredths(_ logProbability: Double) -> Int {
    Int((max(-1000, min(0, logProbability)) * 100).rounded())
  }

  private static func parse(_ line: Substring, model: String) -> (UInt64, ModelAnswer)? {
    let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard columns.count == 5, let key = UInt64(columns[0], radix: 16), let asked = Int(columns[1]),
      let written = Int(columns[2]), (0...1_000_000).contains(asked), (0...1_000_000).contains(written),
      let text = unescaped(columns[3])
    else { return nil }
    var tokens: [ModelAnswer.Token] = []
    for part in columns[4].split(separator: ";") {
      guard let token = token(part) else { return nil }
      tokens.append(token)
    }
    return (
      key,
      ModelAnswer(
        text: text, tokens: tokens, promptTokens: asked, answerTokens: written, model: model, server: "recording")
    )
  }

  private static func token(_ part: Substring) -> ModelAnswer.Token? {
    let fields = part.split(separator: ",", omittingEmptySubsequences: false)
    guard let text = fields.first.flatMap({ unescaped($0) }) else { return nil }
    var alternatives: [ModelAnswer.Alternative] = []
    for field in fields.dropFirst() {
      let pair = field.split(separator: ":", omittingEmptySubsequences: false)
      guard pair.count == 2, let text = unescaped(pair[0]), let value = Int(pair[1]), (-100_000...0).contains(value)
      else { return nil }
      alternatives.append(.init(text: text, logProbability: Double(value) / 100))
    }
    return .init(text: text, alternatives: alternatives)
  }

  private static let special: Set<Character> = ["\t", "\n", "\r", "\r\n", "%", ":", ",", ";"]

  private static func escaped(_ text: String) -> String {
    guard text.contains(where: special.contains) else { return text }
    return text.map { character in
      special.contains(character)
        ? character.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() : String(character)
    }.joined()
  }

  /// nil if a `%` is not followed by two digits.
  private static func unescaped(_ text: Substring) -> String? {
    guard text.contains("%") else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Why a recording cannot be read.
public struct RecordingError: Error, CustomStringConvertible, Sendable, Hashable {
  public let file: String
  /// Line number from 1; 0 if the error is about the whole file.
  public let line: Int
  public let problem: String

  public init(file: String, line: Int, problem: String) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  public var description: String { "\(file)\(line > 0 ? ":\(line)" : ""): \(problem)" }
}

/// What a recording finds an answer by: a digest of everything that a server receives, and the number of the answer among
/// those to the same question.
public struct QuestionKey: Sendable, Hashable {
  public let value: UInt64

  /// - Parameter sample: 0 for the first answer to this question.
  public init(_ question: ModelQuestion, sample: Int = 0) {
    var parts: [String]
    switch question.input {
    case .chat(let turns): parts = turns.flatMap { [$0.role.rawValue, $0.text] }
    case .completion(let text): parts = ["completion", text]
    }
    parts += [
      "\(question.maximumTokens)", "\(question.temperature)", "\(question.topAlternatives)",
      question.stops.joined(separator: "/"), "\(sample)",
    ]
    value = parts.reduce(ByteHash.fnv1a([])) { ByteHash.fnv1a($1.utf8 + [0], continuing: $0) }
  }
}
