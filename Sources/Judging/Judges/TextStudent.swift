import Glibc
import Runtime

/// Learns from a teacher's labels which texts are labelled 1: logistic regression on hashed words and pairs of neighbouring
/// words (Weinberger et al. 2009), trained online with AdaGrad (Duchi, Hazan and Singer 2011). A value without a clock.
package struct TextStudent: Sendable {
  private static let tableSize = 1 << 15
  private static let rate: Float = 0.5
  /// Words of a text that are read.
  private static let maximumWords = 64

  private var weights = [Float](repeating: 0, count: tableSize)
  /// Sums of squared gradients.
  private var squares = [Float](repeating: 1e-3, count: tableSize)
  private var bias: Float = 0
  private var biasSquares: Float = 1e-3

  package init() {}

  /// The log-odds, in nats, that the teacher labels `text` 1.
  package func logOdds(of text: String) -> Float { logOdds(Self.features(of: text)) }

  /// Learns one label. A label between 0 and 1 counts as that share of both.
  package mutating func learn(_ text: String, label: Float) {
    let features = Self.features(of: text)
    let slope = 1 / (1 + expf(-logOdds(features))) - label
    let scale = Self.scale(features)
    for index in features {
      let gradient = slope * scale
      squares[index] += gradient * gradient
      weights[index] -= Self.rate * gradient / squares[index].squareRoot()
    }
    biasSquares += slope * slope
    bias -= Self.rate * slope / biasSquares.squareRoot()
  }

  private func logOdds(_ features: Set<Int>) -> Float {
    let scale = Self.scale(features)
    // In a fixed order, so that the sum is the same in every process.
    return features.sorted().reduce(bias) { $0 + scale * weights[$1] }
  }

  /// Long texts would otherwise be surer than short ones.
  private static func scale(_ features: Set<Int>) -> Float { 1 / Float(max(1, features.count)).squareRoot() }

  /// The rows of the table that stand for a text's words and pairs of words.
  private static func features(of text: String) -> Set<Int> {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }.prefix(maximumWords)
    var features: Set<Int> = []
    var last = Substring("^")
    for word in words {
      features.insert(row(word.utf8))
      features.insert(row("\(last) \(word)".utf8))
      last = word
    }
    return features
  }

  private static func row(_ bytes: some Sequence<UInt8>) -> Int { Int(FNV32(bytes).folded) & (tableSize - 1) }
}

/// From which log-odds on a student's guesses may stand for its teacher's labels, found by comparing the two on texts that
/// the teacher judged.
///
/// A guess of 1 is sure if, at its log-odds or above, at least `accuracy` of the guesses were right. A guess of 0 is sure if the
/// same holds at or below, and if such guesses would lose at most 1 - `accuracy` of the texts that the teacher labels 1: where
/// progress is rare, never guessing it would be right most of the time. Both have to hold with a margin for chance, the lower
/// end of Wilson's 95% interval. Texts of which only a sample was asked count as many times as the sample says.
struct SureRange: Sendable {
  /// Comparisons that are remembered, and those that are needed before any guess is sure.
  static let memory = 4_000
  static let minimum = 200
  /// Comparisons between two evaluations.
  private static let interval = 50
  /// 97.5th percentile of the standard normal distribution.
  private static let deviations = 1.96

  private struct Comparison: Sendable {
    var logOdds: Float
    var isPositive: Bool
    /// Texts that this one stands for.
    var weight: Double
  }

  let accuracy: Double
  private var comparisons: [Comparison] = []
  private var next = 0
  private var sinceEvaluation = 0
  /// Guesses of 1 are sure from here on, guesses of 0 up to here.
  private(set) var positiveFrom = Float.infinity
  private(set) var negativeUpTo = -Float.infinity

  init(accuracy: Double) { self.accuracy = accuracy }

  /// The sure guess at these log-odds; nil if it is not sure.
  func guess(_ logOdds: Float) -> Bool? {
    logOdds >= positiveFrom ? true : logOdds <= negativeUpTo ? false : nil
  }

  /// Remembers what the teacher said about a text of which the student had these log-odds.
  mutating func compare(_ logOdds: Float, isPositive: Bool, weight: Double) {
    let comparison = Comparison(logOdds: logOdds, isPositive: isPositive, weight: weight)
    if comparisons.count < Self.memory { comparisons.append(comparison) } else { comparisons[next] = comparison }
    next = (next + 1) % Self.memory
    sinceEvaluation += 1
    guard comparisons.count >= Self.minimum, sinceEvaluation >= Self.interval else { return }
    sinceEvaluation = 0
    evaluate()
  }

  private mutating func evaluate() {
    let ordered = comparisons.sorted { $0.logOdds < $1.logOdds }
    let positives = Tally(ordered.filter(\.isPositive).map(\.weight))
    var (right, lost, all) = (Tally(), Tally(), Tally())
    negativeUpTo = -.infinity
    for comparison in ordered {
      all.add(comparison.weight)
      if comparison.isPositive { lost.add(comparison.weight) } else { right.add(comparison.weight) }
      let isRight = Self.lowest(right.sum / all.sum, of: all.count) >= accuracy
      let keeps = positives.sum > 0 && Self.lowest(1 - lost.sum / positives.sum, of: positives.count) >= accuracy
      if isRight, keeps { negativeUpTo = comparison.logOdds }
    }
    (right, all) = (Tally(), Tally())
    positiveFrom = .infinity
    for comparison in ordered.reversed() {
      all.add(comparison.weight)
      if comparison.isPositive { right.add(comparison.weight) }
      guard comparison.logOdds > negativeUpTo else { break }
      if Self.lowest(right.sum / all.sum, of: all.count) >= accuracy { positiveFrom = comparison.logOdds }
    }
  }

  /// A sum of weights, and the number of equal weights that would tell as much (Kish 1965).
  private struct Tally {
    var sum = 0.0
    private var squares = 0.0
    var count: Double { squares > 0 ? sum * sum / squares : 0 }

    init(_ weights: [Double] = []) { for weight in weights { add(weight) } }

    mutating func add(_ weight: Double) {
      sum += weight
      squares += weight * weight
    }
  }

  /// The lower end of the interval of a share that was seen in `count` cases (Wilson 1927).
  static func lowest(_ share: Double, of count: Double) -> Double {
    guard count > 0 else { return 0 }
    let z = deviations * deviations / count
    let spread = deviations * (share * (1 - share) / count + z / (4 * count)).squareRoot()
    return (share + z / 2 - spread) / (1 + z)
  }
}
