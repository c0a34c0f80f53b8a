import Runtime

extension Instruction {
  /// The goal or principle that messages are judged by.
  public enum Goal: Sendable, Hashable, CustomStringConvertible {
    /// A goal of the prompt's file: "default", "combat".
    case named(String)
    /// A principle that replaces the prompt's goals at run time (RewardAnything, 2506.03637).
    case principle(Principle)

    public static let standard = Goal.named("default")

    /// One word: the name, or the digest of the principle.
    public var description: String {
      switch self {
      case .named(let name): name
      case .principle(let principle): "principle-\(ByteHash.fnv1a(principle.text.utf8).shortDigest)"
      }
    }
  }

  /// A principle in words, such as "Judge by how much gold the player gains."
  public struct Principle: Sendable, Hashable {
    public static let maximumCharacters = 1_000

    public let text: String

    /// - Throws: if the text is empty, too long, or has braces or characters that are not printable ASCII.
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
}

extension UInt64 {
  /// The two halves of a digest, combined by XOR, as eight hexadecimal digits.
  var shortDigest: String {
    let folded = String((self >> 32) ^ (self & 0xFFFF_FFFF), radix: 16)
    return String(repeating: "0", count: 8 - folded.count) + folded
  }
}
