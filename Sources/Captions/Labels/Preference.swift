/// Two different captions in the order in which the annotator reads them. (a, b) and (b, a) are the same unordered
/// pair.
public struct CaptionPair: Sendable, Hashable {
  public let first: CaptionID
  public let second: CaptionID

  public init(_ first: CaptionID, _ second: CaptionID) {
    self.first = first
    self.second = second
  }

  /// A number that both orders share.
  var key: UInt64 { UInt64(min(first, second)) << 32 | UInt64(max(first, second)) }
}

/// What an annotator says about two captions. The label store writes the raw values.
public enum PairVerdict: Int, Sendable, Hashable, CaseIterable {
  /// No readable answer. An abstention is never a tie.
  case abstain = 0
  /// The first caption means more progress.
  case first = 1
  /// The second caption means more progress.
  case second = 2
  /// Neither caption means more progress.
  case tie = 3

  /// The verdict about the same two captions in the other order.
  public var swapped: PairVerdict {
    switch self {
    case .first: .second
    case .second: .first
    case .abstain, .tie: self
    }
  }

  /// The probability that the first caption means more progress: 1, 0, or 0.5 for a tie; nil for an abstention.
  public var target: Float? {
    switch self {
    case .abstain: nil
    case .first: 1
    case .second: 0
    case .tie: 0.5
    }
  }

  /// The verdict with this probability; see `target`.
  public init(target: Float) { self = target > 0.5 ? .first : target < 0.5 ? .second : .tie }
}

/// A verdict about two captions together with its evidence.
public struct PairJudgement: Sendable, Hashable {
  public var verdict: PairVerdict
  /// Evidence of all questions together; nil if the annotator asks no model.
  public var evidence: LabelEvidence?
  /// The first answer behind the verdict that could not be read; nil if all could.
  public var unreadable: UnreadableAnswer?

  public init(_ verdict: PairVerdict, evidence: LabelEvidence? = nil, unreadable: UnreadableAnswer? = nil) {
    self.verdict = verdict
    self.evidence = evidence
    self.unreadable = unreadable
  }
}

/// An annotator's judgement of one pair of a task.
public struct PairAnswer: Sendable, Hashable {
  public var pair: CaptionPair
  public var judgement: PairJudgement

  public init(_ pair: CaptionPair, _ judgement: PairJudgement) {
    self.pair = pair
    self.judgement = judgement
  }

  /// An answer without evidence.
  public init(_ pair: CaptionPair, _ verdict: PairVerdict) { self.init(pair, PairJudgement(verdict)) }

  public var verdict: PairVerdict { judgement.verdict }
}

/// A preference as a reward model learns it.
public struct CaptionPreference: Sendable, Hashable {
  public var first: CaptionID
  public var second: CaptionID
  /// The probability that the first caption means more progress, 0 ... 1; 0.5 is a tie.
  public var target: Float

  public init(first: CaptionID, second: CaptionID, target: Float) {
    self.first = first
    self.second = second
    self.target = target
  }

  /// - Returns: nil for an abstention, from which a reward model learns nothing.
  public init?(_ answer: PairAnswer) {
    guard let target = answer.verdict.target else { return nil }
    self.init(first: answer.pair.first, second: answer.pair.second, target: target)
  }
}
