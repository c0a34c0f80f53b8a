import Foundation

/// How much probability an answer's first token gives to each of a few words.
struct TokenChoice {
  /// Words that together get less are no answer: the model was about to say something else.
  static let minimumMass = 0.5

  /// Probabilities, in the order of the words, over all spellings that differ in case and leading space.
  let probabilities: [Double]
  /// What no listed alternative can exceed and every unlisted one can have: the floor of an unlisted word.
  private let floor: Double

  /// - Returns: nil without log-probabilities, with invalid ones, and when the words get less than `minimumMass`.
  init?(_ answer: ModelAnswer, words: [String]) {
    guard let token = answer.tokens.first(where: { !AnswerText.word(ofToken: $0.text).isEmpty }),
      !token.alternatives.isEmpty,
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
