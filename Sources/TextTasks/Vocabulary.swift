/// The 64 characters that prompts and answers consist of; each is one token.
///
/// Capital letters are marks with a meaning: turns, kinds of answers, judgements. Tasks give them theirs.
public enum Vocabulary {
  /// Fills texts up; no policy reads it.
  public static let padding: Character = "~"
  /// Ends an answer, or a turn.
  public static let end: Character = "$"

  private static let characters: [Character] = Array("~$0123456789abcdefghijklmnopqrstuvwxyz =+-*?;:.,<>|/!#@GBJYNFSRI")
  private static let tokens: [Character: UInt8] = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

  public static var count: Int { characters.count }

  public static let endToken = token(end)

  /// The token of a character. A character that has none is a mistake in a task.
  public static func token(_ character: Character) -> UInt8 {
    guard let token = tokens[character] else { preconditionFailure("no token for \"\(character)\"") }
    return token
  }

  public static func tokens(_ text: String) -> [UInt8] { text.map(token) }

  /// The text of `tokens`, each below `count`.
  public static func text(_ tokens: some Sequence<UInt8>) -> String {
    String(tokens.map { Int($0) < characters.count ? characters[Int($0)] : padding })
  }

  /// Whether a text from outside consists of characters that have tokens.
  public static func contains(_ text: String) -> Bool { text.allSatisfy { tokens[$0] != nil } }
}
