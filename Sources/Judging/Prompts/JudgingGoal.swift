import Runtime

/// What messages are judged by.
public enum JudgingGoal: Sendable, Hashable, CustomStringConvertible {
  /// A goal that the prompt's file has: "default", "combat".
  case named(String)
  /// A principle given at run time, in place of the prompt's own goals (RewardAnything, 2506.03637).
  case principle(Principle)

  public static let standard = JudgingGoal.named("default")

  /// A principle in words, such as "Judge by how much gold the player gains."
  public struct Principle: Sendable, Hashable {
    public static let maximumCharacters = 1_000

    public let text: String

    /// - Throws: when the text is empty, too long, or has braces or characters that are not printable ASCII.
    public init(_ text: String) throws(PromptError) {
      let problem: String? =
        switch text {
        case _ where text.allSatisfy(\.isWhitespace): "is empty"
        case _ where text.count > Self.maximumCharacters: "is longer than \(Self.maximumCharacters) characters"
        case _ where !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }): "is not printable ASCII on one line"
        case _ where text.contains(where: { "{}".contains($0) }): "has braces"
        default: nil
        }
      if let problem { throw PromptError(file: "(principle)", problem: "the principle \(problem)") }
      self.text = text
    }
  }

  /// In one word: the name, or the digest of the principle.
  public var description: String {
    switch self {
    case .named(let name): name
    case .principle(let principle): "principle-\(ByteHash.fnv1a(principle.text.utf8).shortDigest)"
    }
  }
}

extension UInt64 {
  /// The two halves folded to eight hexadecimal digits.
  var shortDigest: String {
    let folded = String((self >> 32) ^ (self & 0xFFFF_FFFF), radix: 16)
    return String(repeating: "0", count: 8 - folded.count) + folded
  }
}
