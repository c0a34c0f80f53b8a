import Captions
import TextPolicy
import TextTasks

/// Captions as a text policy reads them: the sanitised text in lower case, then a mark after which the label follows.
///
/// Text that a player could have written is removed before, as for language models: a policy that is paid by labels would
/// learn to write what is labelled well.
enum CaptionTokens {
  /// What follows the mark: progress, or anything else.
  static let (yes, no) = (Vocabulary.token("Y"), Vocabulary.token("N"))
  private static let mark = Vocabulary.token("J")
  /// Marks of captions that are no tokens, or end texts, and what is read for them.
  private static let replacements: [Character: Character] = [
    "$": "#", "(": "<", ")": ">", "%": "*", "&": "+", "'": "|",
  ]

  /// - Parameter length: most tokens, the label included; longer captions lose their end.
  static func question(_ caption: SanitisedCaption, length: Int) -> [UInt8] {
    let text = caption.text.lowercased().prefix(max(length - 2, 0)).map { character in
      let read = replacements[character] ?? character
      return Vocabulary.contains(String(read)) ? read : " "
    }
    return text.map(Vocabulary.token) + [mark]
  }

  /// A question with its answer, of which only the answer is trained.
  static func text(_ question: [UInt8], isProgress: Bool) -> TokenSequence {
    TokenSequence(tokens: question + [isProgress ? yes : no], promptCount: question.count)
  }
}
