import Runtime

/// A message with the label that people give it.
public struct LabelledMessage: Sendable, Hashable {
  /// The halves of a labelled set.
  public enum Half: String, Sendable, Hashable, CaseIterable {
    /// May be looked at: rules, prompts and thresholds are made with it.
    case tune
    /// Only measured with. A rule or prompt that was changed after looking here needs new messages.
    case heldOut = "held-out"
  }

  /// Whether the message reports progress.
  public let isProgress: Bool
  /// What it is about, in one word; empty where the file does not say.
  public let category: String
  /// Why the label is what it is; empty where the file does not say.
  public let reason: String
  /// As the game prints it.
  public let text: String

  public init(_ text: String, isProgress: Bool, category: String = "", reason: String = "") {
    self.text = text
    self.isProgress = isProgress
    self.category = category
    self.reason = reason
  }

  /// Which half it belongs to. Depends on the text alone, so that a message keeps its half in every file and in every
  /// version of a file.
  public var half: Half {
    // The lowest bit of FNV-1a is no more than the parity of the text's lowest bits.
    ByteHash.fnv1a(text.utf8) >> 32 & 1 == 0 ? .tune : .heldOut
  }
}
