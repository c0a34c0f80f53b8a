import Captions
import Foundation
import Runtime
import Statistics

/// Statistics of the stored answers of one origin, goal and model.
public struct LabelSourceStatistics: Sendable, Hashable {
  public var origin: LabelOrigin
  public var goal: String
  public var model: String
  /// Answers that are not withdrawn, including those that later answers replaced.
  public var answers = 0
  public var abstained = 0
  /// Labels above 0.
  public var positive = 0
  /// Tokens of all questions.
  public var promptTokens = 0
  public var answerTokens = 0
  /// Median seconds per answer; nil if no model was asked.
  public var latencyMedian: Double?
  public var latency95: Double?
  /// Answers per second from the first to the last; nil for fewer than two.
  public var answersPerSecond: Double?

  /// Share of the labels that are above 0; nil if there are no labels.
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
    try forEachAnswer { record in
      let key = Key(
        origin: record.source.origin, goal: record.judgement.evidence?.goal ?? "",
        model: record.judgement.evidence?.model ?? "")
      let time = record.source.answeredAt
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
      if let evidence = record.judgement.evidence {
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
      statistics.latencyMedian = Quantile.nearestRank(0.5, ofSorted: sorted)
      statistics.latency95 = Quantile.nearestRank(0.95, ofSorted: sorted)
      let seconds = entry.times.upperBound - entry.times.lowerBound
      if seconds > 0 { statistics.answersPerSecond = Double(statistics.answers) / seconds }
      return statistics
    }
  }
}

/// Contents of label stores as text tables.
public enum LabelReport {
  /// Name of the store in a run's folder.
  private static let storeName = "labels.sqlite"

  /// Path of the store of a run's folder, or the path itself if it is not a folder.
  public static func path(_ runOrFile: String) -> String {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: runOrFile, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? "\(runOrFile)/\(storeName)" : runOrFile
  }

  /// One line for each origin, goal and model, and a line of totals.
  public static func statistics(_ sources: [LabelSourceStatistics], _ counts: LabelStoreCounts) -> String {
    var rows = [
      [
        "kind", "version", "goal", "model", "answers", "abstained", "positive", "tokens", "median s", "p95 s",
        "labels/s",
      ]
    ]
    for source in sources {
      rows.append([
        source.origin.kind, source.origin.version, source.goal, source.model, "\(source.answers)",
        "\(source.abstained)", source.positiveShare.map { "\(number($0 * 100, 1))%" } ?? "",
        "\(source.promptTokens) + \(source.answerTokens)", source.latencyMedian.map { number($0, 3) } ?? "",
        source.latency95.map { number($0, 3) } ?? "", source.answersPerSecond.map { number($0, 2) } ?? "",
      ])
    }
    let sum =
      "\(counts.answers) answers in all; valid: \(counts.labelled) labels, \(counts.positive) of them above 0, "
      + "\(counts.abstained) abstentions\n"
    return TextTable(rows, textColumns: [0, 1, 2, 3]).plain + "\n" + sum
  }

  /// One line for each answer.
  /// - Parameter date: now, in seconds since 1970.
  public static func answers(_ records: [LabelRecord], date: Double) -> String {
    var rows = [["label", "log-odds", "model", "age", "caption"]]
    for record in records {
      var label = "abstained"
      if case .label(let value) = record.verdict { label = "\(value)" }
      rows.append([
        label, record.judgement.logOdds.map { number(Double($0), 2) } ?? "",
        record.judgement.evidence?.model ?? record.source.origin.kind,
        age(date - record.source.answeredAt), EscapedText.escape(record.caption),
      ])
    }
    return TextTable(rows, textColumns: [0, 1, 2, 3, 4]).plain + "\n"
  }

  /// The answers that could not be read, one line each; empty if there are none.
  public static func unreadable(_ records: [UnreadableRecord]) -> String {
    if records.isEmpty { return "" }
    let rows = records.map {
      [$0.answer.reason, $0.answer.said, $0.model, EscapedText.escape($0.caption)]
    }
    return "\nThe first answer of each kind that could not be read:\n"
      + TextTable([["reason", "the model says", "model", "caption"]] + rows, textColumns: [0, 1, 2, 3]).plain + "\n"
  }

  private static func age(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: "\(Int(saturating: max(0, seconds))) s"
    case ..<7_200: "\(Int(saturating: seconds / 60)) min"
    case ..<172_800: "\(Int(saturating: seconds / 3_600)) h"
    default: "\(Int(saturating: seconds / 86_400)) d"
    }
  }

  private static func number(_ value: Double, _ digits: Int) -> String {
    value.formatted(
      .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
  }
}
