import Captions
import GRDB

/// What a label store holds of one kind of answers.
public struct LabelSourceStatistics: Sendable, Hashable {
  public var origin: LabelOrigin
  public var goal: String
  public var model: String
  /// Answers that are not withdrawn, history included.
  public var answers = 0
  public var abstained = 0
  /// Labels above zero.
  public var positive = 0
  /// Tokens of questions and answers.
  public var promptTokens = 0
  public var answerTokens = 0
  /// Seconds an answer took; nil where nobody was asked.
  public var latencyMedian: Double?
  public var latency95: Double?
  /// Answers per second between the first and the last; nil for fewer than two.
  public var answersPerSecond: Double?

  /// Share of the labels that are above zero; nil without labels.
  public var positiveShare: Double? {
    answers > abstained ? Double(positive) / Double(answers - abstained) : nil
  }
}

extension LabelStore {
  /// One entry for each kind, version, goal and model, in the order of their first answers.
  public func sources() throws(LabelStoreError) -> [LabelSourceStatistics] {
    struct Key: Hashable {
      let origin: LabelOrigin
      let goal: String
      let model: String
    }
    struct Gathered {
      var statistics: LabelSourceStatistics
      var latencies: [Double] = []
      var times: ClosedRange<Double>
    }
    var order: [Key] = []
    var gathered: [Key: Gathered] = [:]
    try forEach("SELECT * FROM valid_answer ORDER BY sequence", []) { record in
      let key = Key(
        origin: record.origin, goal: record.evidence?.goal ?? "", model: record.evidence?.model ?? "")
      let time = record.answeredAt
      var entry =
        gathered[key]
        ?? Gathered(
          statistics: LabelSourceStatistics(origin: key.origin, goal: key.goal, model: key.model), times: time...time)
      if entry.statistics.answers == 0 { order.append(key) }
      entry.statistics.answers += 1
      switch record.verdict {
      case .abstain: entry.statistics.abstained += 1
      case .label(let value): if value > 0 { entry.statistics.positive += 1 }
      }
      if let evidence = record.evidence {
        entry.statistics.promptTokens += evidence.promptTokens
        entry.statistics.answerTokens += evidence.answerTokens
        entry.latencies.append(evidence.latencySeconds)
      }
      entry.times = min(entry.times.lowerBound, time)...max(entry.times.upperBound, time)
      gathered[key] = entry
    }
    return order.compactMap { key in
      guard let entry = gathered[key] else { return nil }
      var statistics = entry.statistics
      let sorted = entry.latencies.sorted()
      statistics.latencyMedian = Self.quantile(0.5, of: sorted)
      statistics.latency95 = Self.quantile(0.95, of: sorted)
      let seconds = entry.times.upperBound - entry.times.lowerBound
      if seconds > 0 { statistics.answersPerSecond = Double(statistics.answers) / seconds }
      return statistics
    }
  }

  /// The smallest value that at least `share` of all values do not exceed.
  static func quantile(_ share: Double, of sorted: [Double]) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let rank = Int((share * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
  }
}
