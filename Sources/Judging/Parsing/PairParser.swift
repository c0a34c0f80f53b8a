import Captions

/// Reads the answer to a ranking.
public struct PairParser: Sendable {
  private let words: [String]
  private let form: Prompt.AnswerForm

  /// For the answers to a prompt of kind `ranking`.
  public init(_ prompt: Prompt) {
    precondition(prompt.kind == .ranking && prompt.words.count == 3, "the parser of prompts has checked this")
    words = prompt.words.map { $0.lowercased() }
    form = prompt.answer
  }

  private static let preferences: [Preference] = [.first, .second, .tie]

  /// - Returns: nil when the answer is none of the three words.
  public func read(_ answer: ModelAnswer) -> Preference? {
    switch form {
    case .oneToken:
      if let choice = TokenChoice(answer, words: words) { return Self.preferences[choice.likeliest] }
      return AnswerText.firstWord(answer.text).flatMap(preference)
    case .tagged(let tag):
      return AnswerText.content(of: tag, in: answer.text).content.flatMap { preference($0.lowercased()) }
    }
  }

  private func preference(_ word: String) -> Preference? {
    words.firstIndex(of: word).map { Self.preferences[$0] }
  }
}
