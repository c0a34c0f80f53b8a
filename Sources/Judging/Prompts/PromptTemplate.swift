/// Text with named places.
public struct PromptTemplate: Sendable, Hashable {
  /// What can be put into a text, in braces there.
  public enum Place: String, Sendable, Hashable, CaseIterable {
    case goal, examples, message, answer, first, second
    /// Whether what stands here differs from question to question.
    var isVariable: Bool { self == .message || self == .first || self == .second }
  }

  public enum Piece: Sendable, Hashable {
    case text(String)
    case place(Place)
  }

  public let pieces: [Piece]

  /// - Returns: nil when a brace is not part of a place's name, and the text from there on.
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

  /// The places in their order.
  var places: [Place] {
    pieces.compactMap { if case .place(let place) = $0 { place } else { nil } }
  }

  /// Puts texts into their places. Places without a text stay.
  func filling(_ texts: [Place: String]) -> PromptTemplate {
    PromptTemplate(
      pieces: pieces.map { piece in
        if case .place(let place) = piece, let text = texts[place] { .text(text) } else { piece }
      })
  }

  /// The text, with the names of places that nothing was put into.
  var text: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .place(let place): "{\(place.rawValue)}"
      }
    }.joined()
  }

  /// Puts texts into the places and tidies up behind an empty one: no space at the end of a line, no two empty lines in
  /// a row, none at either end.
  func rendered(_ texts: [Place: String]) -> String { Self.tidy(filling(texts).text) }

  /// A copy whose constant text is tidy, with only its variable places open.
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
