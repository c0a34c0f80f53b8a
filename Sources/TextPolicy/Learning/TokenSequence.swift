/// A text as tokens: a prompt, what a policy wrote, and what others wrote in between.
public struct TokenSequence: Sendable, Hashable {
  public var tokens: [UInt8]
  /// Whether the policy chose the token, one for each; only these are trained.
  public var isChosen: [Bool]
  /// Log-probabilities of the chosen tokens when they were chosen, one for each token; 0 for the others.
  public var old: [Float]

  /// A demonstration: everything from `promptCount` on counts as chosen, with unknown log-probabilities.
  public init(tokens: [UInt8], promptCount: Int) {
    self.tokens = tokens
    isChosen = tokens.indices.map { $0 >= promptCount }
    old = [Float](repeating: 0, count: tokens.count)
  }

  public var count: Int { tokens.count }

  /// Number of tokens that the policy chose.
  public var chosenCount: Int { isChosen.count { $0 } }

  public mutating func append(_ token: UInt8, isChosen: Bool, old: Float = 0) {
    tokens.append(token)
    self.isChosen.append(isChosen)
    self.old.append(old)
  }

  /// Removes the last token; the text must have one.
  public mutating func removeLast() {
    tokens.removeLast()
    isChosen.removeLast()
    old.removeLast()
  }
}

/// Texts of one update, in groups of neighbours that a loss looks at together, with the numbers that the loss reads.
public struct SequenceBatch: Sendable {
  public var sequences: [TokenSequence]
  /// Log-probabilities of all tokens by the reference policy, one array for each text; empty if the loss needs none.
  public var reference: [[Float]]

  public init(_ sequences: [TokenSequence], reference: [[Float]] = []) {
    precondition(reference.isEmpty || reference.count == sequences.count, "one reference for each text")
    self.sequences = sequences
    self.reference = reference
  }

  /// Number of chosen tokens.
  public var chosenCount: Int { sequences.reduce(0) { $0 + $1.chosenCount } }
}
