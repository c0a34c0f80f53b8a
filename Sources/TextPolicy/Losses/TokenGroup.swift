import Glibc

/// The texts that a loss looks at together, with the log-probabilities of their tokens: one prompt's answers, or a pair.
///
/// Numbers are Float64, so that losses can be compared with finite differences. All arrays have one element for each token
/// of each text, prompts included.
public struct TokenGroup: Sendable {
  /// Number of the group in its batch, from 0.
  public var index: Int
  /// Index of the first token of each text, then the number of tokens.
  public var starts: [Int]
  /// log pi of each token.
  public var current: [Double]
  /// log pi of the policy that sampled the text.
  public var old: [Double]
  /// log pi of the reference policy.
  public var reference: [Double]
  /// Whether the policy chose the token. Losses ignore the other tokens.
  public var isChosen: [Bool]

  public init(
    index: Int = 0, starts: [Int], current: [Double], old: [Double], reference: [Double], isChosen: [Bool]
  ) {
    self.index = index
    self.starts = starts
    self.current = current
    self.old = old
    self.reference = reference
    self.isChosen = isChosen
  }

  /// Number of texts.
  public var count: Int { starts.count - 1 }

  /// The tokens of a text.
  public func range(_ text: Int) -> Range<Int> { starts[text]..<starts[text + 1] }

  /// Calls `body` with each chosen token of a text.
  @inline(__always)
  func forEachChosen(_ text: Int, _ body: (Int) -> Void) {
    for token in range(text) where isChosen[token] { body(token) }
  }

  /// The sum of current - `other` over the chosen tokens of a text: the log-ratio of the whole answer.
  func logRatio(_ text: Int, to other: [Double]) -> Double {
    var sum = 0.0
    forEachChosen(text) { sum += current[$0] - other[$0] }
    return sum
  }
}

/// 1 / (1 + e^-x) in Float64.
@inline(__always)
func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

/// log sigmoid(x) in Float64, without overflow.
@inline(__always)
func logSigmoid(_ x: Double) -> Double { min(x, 0) - log1p(exp(-abs(x))) }
