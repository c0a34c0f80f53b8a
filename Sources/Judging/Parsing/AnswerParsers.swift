import Captions

/// The strict reading of an answer.
public enum LabelReading: Sendable, Hashable {
  /// - Parameters:
  ///   - isProgress: whether the model's word is the positive one.
  ///   - logOdds: ln P(positive word) - ln P(negative word); NaN if the server gives no log-probabilities.
  case label(isProgress: Bool, logOdds: Double)
  /// The answer cannot be read, for this reason.
  case unreadable(String)

  public var isProgress: Bool? { if case .label(let isProgress, _) = self { isProgress } else { nil } }
  /// NaN if there is none.
  public var logOdds: Double { if case .label(_, let logOdds) = self { logOdds } else { .nan } }
}

/// Reads the answer to a classification.
public struct LabelParser: Sendable {
  private let form: Prompt.AnswerForm
  private let positive: String
  private let negative: String
  private let weights: [Int]

  /// - Parameter prompt: a prompt of kind `classification`.
  public init(_ prompt: Prompt) {
    precondition(prompt.kind == .classification && prompt.words.count == 2, "the parser of prompts has checked this")
    form = prompt.answer
    positive = prompt.words[0]
    negative = prompt.words[1]
    weights = prompt.rubric.isEmpty ? [1] : prompt.rubric.map(\.weight)
  }

  public func read(_ answer: ModelAnswer) -> LabelReading {
    switch form {
    case .oneToken: oneToken(answer)
    case .tagged(let tag): answer.problem.map { .unreadable($0) } ?? tagged(answer.text, tag)
    case .lastWord: answer.problem.map { .unreadable($0) } ?? lastWord(answer)
    case .scores(let scale): answer.problem.map { .unreadable($0) } ?? scores(answer.text, scale)
    }
  }

  /// Reads the last of the words in the text, and the log-probabilities of its token.
  private func lastWord(_ answer: ModelAnswer) -> LabelReading {
    let words = [positive, negative].map { $0.lowercased() }
    let last = answer.text.split { !$0.isLetter && !$0.isNumber }.map { $0.lowercased() }.last { words.contains($0) }
    guard let last else { return .unreadable("neither \(positive) nor \(negative)") }
    let token = answer.tokens.last { AnswerText.word(ofToken: $0.text) == last }
    let logOdds = token.flatMap { TokenChoice($0, words: words) }?.logOdds(0, over: 1)
    return .label(isProgress: last == words[0], logOdds: logOdds ?? .nan)
  }

  /// Reads as many numbers as there are weights, the last ones of the first line that has as many.
  private func scores(_ text: String, _ scale: ClosedRange<Int>) -> LabelReading {
    for line in text.split(whereSeparator: \.isNewline) {
      let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }.filter(scale.contains).suffix(weights.count)
      guard numbers.count == weights.count else { continue }
      let sum = zip(numbers, weights).reduce(0) { $0 + $1.0 * $1.1 }
      let middle = Double(scale.lowerBound + scale.upperBound) / 2
      let points = Double(sum) / Double(weights.reduce(0, +)) - middle
      return .label(isProgress: points > 0, logOdds: points)
    }
    return .unreadable("no line with \(weights.count) numbers of \(scale.lowerBound) to \(scale.upperBound)")
  }

  /// Reads the log-probabilities; if there are none, or if they favour neither word, reads the first word of the text.
  private func oneToken(_ answer: ModelAnswer) -> LabelReading {
    if let choice = TokenChoice(answer, words: [positive, negative]) {
      let logOdds = choice.logOdds(0, over: 1)
      return .label(isProgress: logOdds > 0, logOdds: logOdds)
    }
    if let problem = answer.problem { return .unreadable(problem) }
    switch AnswerText.firstWord(answer.text, among: [positive, negative]) {
    case positive.lowercased(): return .label(isProgress: true, logOdds: .nan)
    case negative.lowercased(): return .label(isProgress: false, logOdds: .nan)
    case nil: return .unreadable("no word to begin with")
    case let word?: return .unreadable("\"\(word.prefix(20))\" is neither \(positive) nor \(negative)")
    }
  }

  /// Reads the word in the last element with this tag and ignores the rest of the text, such as an analysis.
  private func tagged(_ text: String, _ tag: String) -> LabelReading {
    let found = AnswerText.content(of: tag, in: text)
    guard let word = found.content else {
      return .unreadable("\(found.openings) times <\(tag)> and \(found.closings) times </\(tag)>")
    }
    switch word.lowercased() {
    case positive.lowercased(): return .label(isProgress: true, logOdds: .nan)
    case negative.lowercased(): return .label(isProgress: false, logOdds: .nan)
    default: return .unreadable("the label is neither \(positive) nor \(negative)")
    }
  }
}

/// Reads the answer to a ranking.
public struct PairParser: Sendable {
  private let words: [String]
  private let form: Prompt.AnswerForm

  /// - Parameter prompt: a prompt of kind `ranking`.
  public init(_ prompt: Prompt) {
    precondition(prompt.kind == .ranking && prompt.words.count == 3, "the parser of prompts has checked this")
    words = prompt.words.map { $0.lowercased() }
    form = prompt.answer
  }

  private static let verdicts: [PairVerdict] = [.first, .second, .tie]

  /// What an answer that cannot be read lacks.
  var expectation: String { "none of \(words.joined(separator: ", "))" }

  /// - Returns: `.abstain` if the answer is none of the three words.
  public func read(_ answer: ModelAnswer) -> PairVerdict {
    switch form {
    case .oneToken:
      if let choice = TokenChoice(answer, words: words) { return Self.verdicts[choice.likeliest] }
      return verdict(AnswerText.firstWord(answer.text, among: words))
    case .tagged(let tag):
      return verdict(AnswerText.content(of: tag, in: answer.text).content?.lowercased())
    case .lastWord:
      let said = answer.text.split { !$0.isLetter && !$0.isNumber }.map { $0.lowercased() }
      return verdict(said.last { words.contains($0) })
    case .scores: return .abstain
    }
  }

  private func verdict(_ word: String?) -> PairVerdict {
    word.flatMap { words.firstIndex(of: $0) }.map { Self.verdicts[$0] } ?? .abstain
  }
}
