import Runtime

/// A language model's answer that could not be read, for people who look for the cause. It never influences a label.
///
/// Both texts are one line without control characters and have a limit, also if a peer sent them.
public struct UnreadableAnswer: Sendable, Hashable, CustomStringConvertible {
  /// Scalars of a reason, and of an answer's beginning.
  public static let maximumReasonLength = 100
  public static let maximumLength = 200

  /// Why it could not be read, such as "no word to begin with".
  public let reason: String
  /// How the answer begins; empty if it has no text.
  public let said: String

  public init(reason: String, said: String) {
    self.reason = Self.line(reason, Self.maximumReasonLength)
    self.said = Self.line(said, Self.maximumLength)
  }

  /// A line for the log and for tables.
  public var description: String { "\(reason); it says \"\(said)\"" }

  private static func line(_ text: String, _ length: Int) -> String {
    // Escapes make a text longer, so it is cut twice; the first cut bounds the work.
    func cut(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.prefix(length))) }
    return cut(cut(text).printable)
  }
}
