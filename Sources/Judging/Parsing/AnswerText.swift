import Foundation

/// Parts of a model's free text.
enum AnswerText {
  /// Length of the excerpt of an answer that is repeated to the model.
  static let maximumExcerptCharacters = 80

  /// Whether a byte can be part of a word.
  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// The first word in lower case, after what models put before an answer (`BareAnswer`); nil if there is none, if a
  /// letter of another alphabet follows it directly, or if the text only repeats the choices ("Yes or No").
  /// - Parameter words: the words that are looked for.
  static func firstWord(_ text: String, among words: [String]) -> String? {
    let bare = BareAnswer.text(text, words: words)
    let bytes = bare.utf8
    let word = bytes.prefix { isWordByte($0) }
    guard !word.isEmpty else { return nil }
    if let next = bare[word.endIndex...].first, !next.isASCII, !next.isPunctuation, !next.isWhitespace { return nil }
    let rest = bare[word.endIndex...].drop { $0.isWhitespace }
    if ["/", "|"].contains(rest.first) || rest.lowercased().hasPrefix("or ") { return nil }
    return String(Substring(word)).lowercased()
  }

  /// The content of the last element `<tag>...</tag>` of a text, without marks of emphasis and quotes. Tags are compared
  /// without case. A server that stops at the closing tag omits it.
  /// - Returns: nil if there is no element; always the numbers of opening and closing tags.
  static func content(of tag: String, in text: String) -> (content: String?, openings: Int, closings: Int) {
    let openings = text.ranges(of: "<\(tag)>")
    let closings = text.ranges(of: "</\(tag)>")
    func result(_ content: String?) -> (String?, Int, Int) { (content, openings.count, closings.count) }
    for opening in openings.reversed() {
      let next = openings.first { $0.lowerBound >= opening.upperBound }?.lowerBound ?? text.endIndex
      let closing = closings.first { $0.lowerBound >= opening.upperBound && $0.lowerBound < next }
      // Only the last element may lack its closing tag.
      guard closing != nil || next == text.endIndex else { continue }
      let content = text[opening.upperBound..<(closing?.lowerBound ?? text.endIndex)]
      return result(BareAnswer.trimmed(content))
    }
    return result(nil)
  }

  /// A token as a word: without the space that tokenisers put before it, in lower case.
  static func word(ofToken text: String) -> String {
    var word = Substring(text)
    while let first = word.first, first.isWhitespace || first == "▁" || first == "Ġ" { word.removeFirst() }
    while let last = word.last, last.isWhitespace { word.removeLast() }
    return word.lowercased()
  }

  /// The beginning of an answer as one line of printable ASCII, safe to repeat in a prompt.
  static func excerpt(_ text: String) -> String {
    let plain = text.unicodeScalars.map {
      (0x20...0x7E).contains($0.value) && !"<>[]{}|".unicodeScalars.contains($0) ? $0 : " "
    }
    let words = String(String.UnicodeScalarView(plain)).split(separator: " ").joined(separator: " ")
    return words.isEmpty ? "..." : String(words.prefix(maximumExcerptCharacters))
  }
}

/// The probabilities that the first token of an answer gives to a few words.
struct TokenChoice {
  /// If the words together have a lower probability, the model was about to write something else.
  static let minimumMass = 0.5

  /// Probabilities, in the order of the words, over all spellings that differ in case and leading space.
  let probabilities: [Double]
  /// The largest probability that a word without a listed alternative can have.
  private let floor: Double

  /// - Returns: nil if log-probabilities are missing or invalid, or if the words have less than `minimumMass` together.
  init?(_ answer: ModelAnswer, words: [String]) {
    guard let token = answer.tokens.first(where: { !AnswerText.word(ofToken: $0.text).isEmpty }) else { return nil }
    self.init(token, words: words)
  }

  /// The probabilities that one token gives to the words.
  init?(_ token: ModelAnswer.Token, words: [String]) {
    guard !token.alternatives.isEmpty,
      token.alternatives.allSatisfy({ $0.logProbability.isFinite && $0.logProbability <= 0 })
    else { return nil }
    var probabilities = [Double](repeating: 0, count: words.count)
    var total = 0.0
    var least = 1.0
    let words = words.map { $0.lowercased() }
    for alternative in token.alternatives {
      let probability = exp(alternative.logProbability)
      total += probability
      least = min(least, probability)
      if let index = words.firstIndex(of: AnswerText.word(ofToken: alternative.text)) {
        probabilities[index] += probability
      }
    }
    // Rounding may lift the sum a little; more than that is no distribution.
    guard total <= 1.01, probabilities.reduce(0, +) >= Self.minimumMass else { return nil }
    self.probabilities = probabilities
    floor = max(Self.smallest, min(least, 1 - total))
  }

  private static let smallest = 1e-9

  /// ln P(first) - ln P(second). A word that is not among the alternatives has at most the probability of the least of
  /// them and at most what they leave over.
  func logOdds(_ first: Int, over second: Int) -> Double {
    log(max(probabilities[first], floor)) - log(max(probabilities[second], floor))
  }

  /// The likeliest word, the earlier one of equals.
  var likeliest: Int {
    probabilities.indices.max {
      probabilities[$0] < probabilities[$1] || (probabilities[$0] == probabilities[$1] && $0 > $1)
    }
      ?? 0
  }
}

extension String {
  /// The places of `mark`, compared without case.
  fileprivate func ranges(of mark: String) -> [Range<Index>] {
    var found: [Range<Index>] = []
    var start = startIndex
    while let range = self.range(of: mark, options: .caseInsensitive, range: start..<endIndex) {
      found.append(range)
      start = range.upperBound
    }
    return found
  }
}
