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
  /// The bytes of the text; nil if they equal the caption's.
  func bytesIfChanged(from caption: [UInt8]) -> [UInt8]? {
    let shown = Array(text.utf8)
    return shown == caption ? nil : shown
  }
}

/// Words that speak to whoever judges and that the game's own messages do not use.
///
/// The last layer, for names that cannot be told from the game's text. Spelling is no way around it: only letters are
/// compared, so "Y.E.S" counts, and so do letters of other alphabets next to ours, which have become gaps by then.
enum ReservedWords {
  private static let words: Set<String> = [
    "yes", "foo", "foobar", "answer", "answers", "ignore", "disregard", "instruction", "instructions", "label",
    "labels",
    "progress", "assistant", "system", "user", "prompt", "reward", "rewards", "respond", "response", "output",
    "helpful",
    "solution", "solve", "classify", "classification", "judge", "llm", "chatgpt", "positive", "imstart", "imend",
    "endoftext", "eotid", "inst", "sys", "jailbreak", "override", "approve", "verdict", "evaluate",
  ]

  static func occur(in sentence: [String]) -> Bool {
    var spelled = ""
    for word in sentence {
      let letters = word.lowercased().filter { $0.isASCII && $0.isLetter }
      if words.contains(letters) { return true }
      if word.split(whereSeparator: { !$0.isLetter }).contains(where: { words.contains($0.lowercased()) }) {
        return true
      }
      // "Y e s": letters that stand alone are put together.
      spelled = letters.count == 1 ? spelled + letters : ""
      if words.contains(spelled) { return true }
    }
    return false
  }
}
