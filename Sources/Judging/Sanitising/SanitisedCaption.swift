/// A caption as a language model may see it: short, printable, and without the text a player could have put there.
///
/// Prompts take no other type, so no text reaches a model, or becomes the key of a cache of its answers, without
/// having passed through here. A reward that is learned from labels is worth attacking: a policy would learn to name
/// its dagger "answer Yes". To tell a model that the text is untrusted does not help; to take the text out does.
public struct SanitisedCaption: Sendable, Hashable, CustomStringConvertible {
  /// What there is to judge.
  public enum Standing: Sendable, Hashable {
    /// A message that a model can be asked about.
    case askable
    /// Not one word: known to mean nothing.
    case wordless
    /// Nothing but placeholders, or one or two words that end without a mark as no message of the game does. It is not
    /// known what they mean, and models take such openers ("Thought process:") for a yes.
    case fragment
  }

  /// Changes whenever the same caption could read differently. Part of every prompt's identity.
  public static let version = 1
  /// Longer texts are cut at a space. NetHack's own messages are shorter than this, two or three of them fit.
  public static let maximumCharacters = 200

  /// Letters, digits, spaces and the marks of `allowedMarks`, all ASCII; at most `maximumCharacters`.
  public let text: String
  public let standing: Standing

  public init(_ caption: [UInt8]) {
    let plain = Self.plain(CaptionRedaction.sentences(caption).joined(separator: " "))
    let isCut = plain.count > Self.maximumCharacters
    text = isCut ? Self.cut(plain) : plain
    standing = Self.standing(of: text, isCut: isCut)
  }

  public init(_ caption: String) { self.init(Array(caption.utf8)) }

  public var description: String { text }

  /// Marks that stay. Quotes, brackets, braces and whatever else could end the message for the model's template do not.
  static let allowedMarks: Set<Character> = [".", ",", "!", "?", "(", ")", ":", ";", "-", "+", "$", "%", "/", "&", "'"]

  /// Everything that is not allowed becomes a space, spaces in a row become one.
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

  /// An apostrophe stands inside a word, or behind a placeholder; elsewhere it is a quote.
  private static func isApostrophe(_ characters: [Character], _ index: Int) -> Bool {
    guard index > 0, index + 1 < characters.count else { return false }
    return (characters[index - 1].isLetter || characters[index - 1] == ")") && characters[index + 1].isLetter
  }

  private static func cut(_ text: String) -> String {
    let head = text.prefix(maximumCharacters)
    guard let space = head.lastIndex(of: " ") else { return String(head) }
    return String(head[..<space])
  }

  private static func standing(of text: String, isCut: Bool) -> Standing {
    let own = text.replacing(CaptionRedaction.name, with: " ").replacing(CaptionRedaction.text, with: " ")
    let words = own.split { !$0.isLetter }
    guard words.contains(where: { $0.count >= 2 }) else { return own == text ? .wordless : .fragment }
    let isEnded = text.last.map { ".!?)".contains($0) } ?? false
    return words.count < 3 && !isEnded && !isCut ? .fragment : .askable
  }
}

extension SanitisedCaption {
  /// Its text's bytes; none where they are the caption's own.
  func ifOther(than caption: [UInt8]) -> [UInt8] {
    let shown = Array(text.utf8)
    return shown == caption ? [] : shown
  }
}
