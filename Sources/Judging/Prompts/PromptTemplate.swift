/// Text with named placeholders.
public struct PromptTemplate: Sendable, Hashable {
  /// The placeholders; a text has them in braces.
  public enum Place: String, Sendable, Hashable, CaseIterable {
    case goal, examples, rubric, message, answer, first, second
    /// Whether this part differs from question to question.
    var isVariable: Bool { self == .message || self == .first || self == .second }
  }

  public enum Piece: Sendable, Hashable {
    case text(String)
    case place(Place)
  }

  public let pieces: [Piece]

  /// - Returns: nil if a brace is not part of a placeholder, with the text from there on.
  static func parse(_ text: String) -> (template: PromptTemplate?, problem: Substring) {
    var pieces: [Piece] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      let literal = rest.prefix { $0 != "{" && $0 != "}" }
      if !literal.isEmpty { pieces.append(.text(String(literal))) }
      rest = rest[literal.endIndex...]
      guard !rest.isEmpty else { break }
      guard let place = Place.allCases.first(where: { rest.hasPrefix("{\($0.rawValue)}") }) else { return (nil, rest) }
      pieces.append(.place(place))
      rest = rest.dropFirst(place.rawValue.count + 2)
    }
    return (PromptTemplate(pieces: pieces), "")
  }

  /// The placeholders in their order.
  var places: [Place] {
    pieces.compactMap { if case .place(let place) = $0 { place } else { nil } }
  }

  /// Replaces placeholders by texts. Placeholders without a text stay.
  func filling(_ texts: [Place: String]) -> PromptTemplate {
    PromptTemplate(
      pieces: pieces.map { piece in
        if case .place(let place) = piece, let text = texts[place] { .text(text) } else { piece }
      })
  }

  /// The text, with the names of the remaining placeholders.
  var text: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .place(let place): "{\(place.rawValue)}"
      }
    }.joined()
  }

  /// Replaces placeholders and cleans up after empty texts: no space at the end of a line, no consecutive empty lines,
  /// no empty line at either end.
  func rendered(_ texts: [Place: String]) -> String { Self.tidy(filling(texts).text) }

  /// A copy with the constant placeholders replaced, so that only the variable ones remain.
  func settled(_ texts: [Place: String]) -> PromptTemplate {
    PromptTemplate.parse(Self.tidy(filling(texts).text)).template ?? self
  }

  private static func tidy(_ text: String) -> String {
    var lines: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = line
      while line.last == " " { line.removeLast() }
      if line.isEmpty, lines.last?.isEmpty ?? true { continue }
      lines.append(line)
    }
    while lines.last?.isEmpty ?? false { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
}

/// Why a prompt cannot be read or used.
public struct PromptError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file's path, or the name of a built-in prompt.
  public let file: String
  /// Line number from 1; 0 if the problem is in no particular line.
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
