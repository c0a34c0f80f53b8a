extension CaptionLedger {
  /// The budget that is spent for good; nil while there is any left.
  public var exhaustion: AskingBudget.Exhaustion? {
    if let limit = options.budget.labels, earlier.labels + answersReceived >= limit { return .labels }
    if let limit = options.budget.tokens, earlier.tokens + counters.tokens >= limit { return .tokens }
    return nil
  }

  /// What to say about the budget: that it is spent, once for each kind.
  public mutating func exhaustionNotice() -> AskingBudget.Exhaustion? {
    guard let exhaustion, exhaustion != saidExhausted else { return nil }
    saidExhausted = exhaustion
    return exhaustion
  }

  /// Charges the budget with what the run's earlier sessions asked.
  public mutating func charge(labels: Int, tokens: Int) {
    earlier.labels += max(labels, 0)
    earlier.tokens += max(tokens, 0)
  }

  private var answersReceived: Int { counters.labelsReceived + counters.abstentionsReceived }

  /// How many captions may be given out now.
  mutating func allowance(now: Double) -> Int {
    guard exhaustion == nil else { return 0 }
    var allowance = bucket?.available(now: now) ?? Int.max
    if let limit = options.budget.labels {
      allowance = min(allowance, max(0, limit - earlier.labels - answersReceived - holders.count))
    }
    return allowance
  }
}
