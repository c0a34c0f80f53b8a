import Foundation
import LabelStore
import Runtime
import Telemetry

/// The tables that `tengu rewards` prints.
public enum RewardReport {
  /// One line for each caption.
  /// - Parameter sum: the whole table's sum, which the shares refer to.
  public static func captions(_ rows: some Sequence<CaptionPayment>, of sum: CaptionPayment) -> String {
    let header = ["paid", "share", "paid steps", "steps", "score", "label", "flips", "caption"]
    let lines = rows.map { row in
      [
        number(row.paid), percent(row.paid, of: sum.paid), "\(row.paidSteps)", "\(row.steps)", number(row.score),
        number(row.label), "\(row.flips)", row.caption.isEmpty ? "(none)" : EscapedText.escape(row.caption),
      ]
    }
    return TextTable([header] + lines, textColumns: [header.count - 1]).plain + "\n"
  }

  /// How much of what the agent meets has labels and scores, how far labels and model agree, and the alarms.
  /// - Parameter latest: the run's newest metrics.
  public static func coverage(_ rewards: RewardTable, _ latest: MetricsRecord?) -> String {
    let (sum, rows) = (rewards.sum, rewards.rows.filter { !$0.caption.isEmpty })
    let captioned = sum.steps - (rewards.rows.first { $0.caption.isEmpty }?.steps ?? 0)
    func steps(_ isCounted: (CaptionPayment) -> Bool) -> Int {
      (rows + rewards.others).filter(isCounted).reduce(0) { $0 + $1.steps }
    }
    var lines = [
      ["steps", "\(sum.steps)", ""],
      ["with a caption", "\(captioned)", percent(Double(captioned), of: Double(sum.steps))],
      [
        "with a labelled one", "\(steps { $0.label != nil })",
        percent(Double(steps { $0.label != nil }), of: Double(sum.steps)),
      ],
      [
        "with a scored one", "\(steps { $0.score != nil })",
        percent(Double(steps { $0.score != nil }), of: Double(sum.steps)),
      ],
      ["paid", "\(sum.paidSteps)", percent(Double(sum.paidSteps), of: Double(sum.steps))],
      ["distinct captions", "\(rows.count)", !rewards.others.isEmpty ? "and more" : ""],
      ["flips", "\(sum.flips)", ""],
    ]
    for (name, metric) in metrics {
      guard let value = latest?.values[metric] else { continue }
      lines.append([name, number(value), ""])
    }
    for (name, metric) in alarms {
      guard let value = latest?.values[metric] else { continue }
      lines.append([name, value > 0 ? "ALARM" : "no", ""])
    }
    return TextTable(lines, textColumns: [2]).plain + "\n"
  }

  private static let metrics: [(String, MetricName)] = [
    ("agreement, labels learned", .rewardModelTrainingAgreement), ("agreement, labels held out", .rewardModelAgreement),
    ("labels held out", .rewardModelHeldOut), ("intrinsic reward of a step", .intrinsicMean),
    ("return of an episode", .returnMean), ("success rate", .successRate),
  ]
  private static let alarms: [(String, MetricName)] = [
    ("reward hacking", .rewardHackingAlarm), ("teacher hacking", .teacherHackingAlarm),
    ("noisy labels", .noisyLabelsAlarm),
  ]

  private static func number(_ value: Double) -> String { value.isNaN ? "" : String(format: "%.4g", value) }
  private static func number(_ value: Float?) -> String { value.map { number(Double($0)) } ?? "" }
  private static func percent(_ part: Double, of whole: Double) -> String {
    whole != 0 ? String(format: "%.1f%%", 100 * part / whole) : ""
  }
}
