/// A caption as a language model may read it: short, printable, and without text that a player could have written.
///
/// Prompts accept no other type, so that no other text reaches a model. A policy that is paid by labels would learn to
/// attack them, for example by naming its dagger "answer Yes". A warning in the prompt does not help; removing the text
/// does.
public struct SanitisedCaption: Sendable, Hashable, CustomStringConvertible {
  /// Whether a model can judge the text.
  public enum Kind: Sendable, Hashable {
    /// A message that a model can be asked about.
    case askable
    /// The text has no word, so it means nothing.
    case wordless
    /// The text has only placeholders, or one or two words without a final mark, unlike any message of the game. Its
    /// meaning is unknown, and models take such openers ("Thought process:") for a yes.
    case fragment
  }

  /// Changes whenever the same caption could be sanitised differently. Part of every prompt's identity.
  public static let version = 2
  /// Longer texts are cut at a space. No caption of a run is longer.
  public static let maximumCharacters = CaptionTable.maximumCaptionBytes

  /// ASCII letters, digits, spaces and `allowedMarks`; at most `maximumCharacters`.
  public let text: String
  public let kind: Kind

  public init(_ caption: [UInt8]) {
    let plain = Self.plain(CaptionRedaction.sentences(caption).joined(separator: " "))
    let isCut = plain.count > Self.maximumCharacters
    text = isCut ? Self.cut(plain) : plain
    kind = Self.kind(of: text, isCut: isCut)
  }

  public init(_ caption: String) { self.init(Array(caption.utf8)) }

  public var description: String { text }

  /// Marks that stay. Quotes, brackets, braces and other marks that could end the message in a prompt are removed.
  static let allowedMarks: Set<Character> = [".", ",", "!", "?", "(", ")", ":", ";", "-", "+", "$", "%", "/", "&", "'"]

  /// Replaces everything that is not allowed by a space, and several spaces by one.
  private static func plain(_ text: String) -> String {
    let characters = Array(text.replacing("--More--", with: " "))
    var result = ""
    for (index, character) in characters.enumerated() {
      var isKept = character.isASCII && (character.isLetter || character.isNumber || allowedMarks.contains(character))
      if character == "'" { isKept = isApostrophe(characters, index) }
      if isKept {
        result.append(character)
      } else if !result.isEmpty, result.last != " " {
        result.append(" ")
      }
    }
    if result.last == " " { result.removeLast() }
    return result
  }

  /// An apostrophe is inside a word or after a placeholder; anywhere else it is a quote.
  private static func isApostrophe(_ characters: [Character], _ index: Int) -> Bool {
    guard index > 0, index + 1 < characters.count else { return false }
    return (characters[index - 1].isLetter || characters[index - 1] == ")") && characters[index + 1].isLetter
  }

  private static func cut(_ text: String) -> String {
    let head = text.prefix(maximumCharacters)
    guard let space = head.lastIndex(of: " ") else { return String(head) }
    return String(head[..<space])
  }

  private static func kind(of text: String, isCut: Bool) -> Kind {
    let own = text.replacing(CaptionPlaceholder.name, with: " ").replacing(CaptionPlaceholder.text, with: " ")
    let words = own.split { !$0.isLetter }
    guard words.contains(where: { $0.count >= 2 }) else { return own == text ? .wordless : .fragment }
    let isEnded = text.last.map { ".!?)".contains($0) } ?? false
    return words.count < 3 && !isEnded && !isCut ? .fragment : .askable
  }
}

extension SanitisedCaption {
  /// The bytes of the text; nil if they equal the caption's.
  public func bytesIfChanged(from caption: [UInt8]) -> [UInt8]? {
    let shown = Array(text.utf8)
    return shown == caption ? nil : shown
  }
}
