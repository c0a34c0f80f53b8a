import Runtime

/// Limits on the questions of a run. nil is no limit.
public struct AskingBudget: Sendable, Hashable {
  /// Captions given out per second on average, with bursts of at most one second's worth.
  public var labelsPerSecond: Double?
  /// Answers per million environment steps that the run has trained on, so that questions last as long as the run does,
  /// whatever its speed.
  public var labelsPerMillionSteps: Double?
  /// Answers per run. Abstentions count, because they cost as much.
  public var labels: Int?
  /// Tokens per run, of questions and answers together, as the annotators count them. The ledger still accepts the
  /// answers that are in flight when the tokens are used up, so that a run may exceed this limit by those.
  public var tokens: Int?

  public init(
    labelsPerSecond: Double? = nil, labelsPerMillionSteps: Double? = nil, labels: Int? = nil, tokens: Int? = nil
  ) {
    self.labelsPerSecond = labelsPerSecond
    self.labelsPerMillionSteps = labelsPerMillionSteps
    self.labels = labels
    self.tokens = tokens
  }

  public static let unlimited = AskingBudget()

  /// A limit that is reached for the rest of the run.
  public enum Exhaustion: String, Sendable, Hashable, CaseIterable {
    case labels = "the run's labels are used up"
    case tokens = "the run's tokens are used up"
  }
}

/// Measures what a run asks against its budget. It has no clock.
struct BudgetMeter: Sendable {
  private let budget: AskingBudget
  private var bucket: TokenBucket?
  /// Answers and tokens of all sessions of the run.
  private var used = (labels: 0, tokens: 0)
  private var reportedExhaustion: AskingBudget.Exhaustion?
  /// Environment steps that the run has trained on.
  var steps = 0

  init(_ budget: AskingBudget) {
    self.budget = budget
    bucket = budget.labelsPerSecond.map { TokenBucket(perSecond: $0) }
  }

  /// The limit that is reached; nil while the run may ask.
  var exhaustion: AskingBudget.Exhaustion? {
    if let limit = budget.labels, used.labels >= limit { return .labels }
    if let limit = budget.tokens, used.tokens >= limit { return .tokens }
    return nil
  }

  /// The limit that is reached, if the previous call did not return the same one.
  mutating func newExhaustion() -> AskingBudget.Exhaustion? {
    guard let exhaustion, exhaustion != reportedExhaustion else { return nil }
    reportedExhaustion = exhaustion
    return exhaustion
  }

  mutating func charge(labels: Int = 0, tokens: Int = 0) {
    used.labels = used.labels.addingSaturated(max(labels, 0))
    used.tokens = used.tokens.addingSaturated(max(tokens, 0))
  }

  /// Number of captions that may be given out now.
  /// - Parameter inFlight: captions that were given out and have no answer yet.
  mutating func allowance(now: Double, inFlight: Int) -> Int {
    guard exhaustion == nil else { return 0 }
    let allowance = bucket?.available(now: now) ?? Int.max
    let soFar = budget.labelsPerMillionSteps.map { Int(saturating: $0 * Double(steps) / 1e6) }
    guard let limit = [budget.labels, soFar].compactMap({ $0 }).min() else { return allowance }
    return min(allowance, max(0, limit - used.labels - inFlight))
  }

  /// Notes that captions were given out.
  mutating func give(_ captions: Int) { bucket?.take(captions) }
}
