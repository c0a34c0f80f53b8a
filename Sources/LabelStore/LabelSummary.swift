/// A store's contents in numbers, for programs: what `LabelReport` prints for people.
public struct LabelSummary: Sendable, Encodable {
  /// The answers of one kind and version of annotator, goal and model.
  public struct Source: Sendable, Encodable {
    public let kind: String
    public let version: String
    public let goal: String
    public let model: String
    public let answers: Int
    public let abstained: Int
    /// Labels above 0.
    public let positive: Int
    public let promptTokens: Int
    public let answerTokens: Int
    /// Seconds per answer; nil if no model was asked.
    public let latencyMedian: Double?
    public let latency95: Double?
    public let labelsPerSecond: Double?
  }

  /// The first answer of a kind that could not be read.
  public struct Unreadable: Sendable, Encodable {
    public let reason: String
    public let answer: String
    public let model: String
    /// As exports write it.
    public let caption: String
  }

  /// Answers, including those that later answers replaced.
  public let answers: Int
  /// Captions whose valid answer is a label, a label above 0, and an abstention.
  public let labelled: Int
  public let positive: Int
  public let abstained: Int
  public let sources: [Source]
  public let unreadable: [Unreadable]

  public init(_ sources: [LabelSourceStatistics], _ counts: LabelStoreCounts, _ unreadable: [UnreadableRecord]) {
    (answers, labelled) = (counts.answers, counts.labelled)
    (positive, abstained) = (counts.positive, counts.abstained)
    self.sources = sources.map {
      Source(
        kind: $0.origin.kind, version: $0.origin.version, goal: $0.goal, model: $0.model, answers: $0.answers,
        abstained: $0.abstained, positive: $0.positive, promptTokens: $0.promptTokens, answerTokens: $0.answerTokens,
        latencyMedian: $0.latencyMedian, latency95: $0.latency95, labelsPerSecond: $0.answersPerSecond)
    }
    self.unreadable = unreadable.map {
      Unreadable(
        reason: $0.answer.reason, answer: $0.answer.said, model: $0.model, caption: EscapedText.escape($0.caption))
    }
  }
}
