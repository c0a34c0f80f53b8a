import Foundation
import LabelStore
import Telemetry

/// What `tengu rewards` prints.
public enum RewardReport {
  /// One line for each caption.
  /// - Parameter sum: of the whole table, which shares are of.
  public static func captions(_ rows: some Sequence<CaptionPayment>, of sum: CaptionPayment) -> String {
    let header = ["paid", "share", "paid steps", "steps", "score", "label", "flips", "caption"]
    let lines = rows.map { row in
      [
        number(row.paid), percent(row.paid, of: sum.paid), "\(row.paidSteps)", "\(row.steps)", number(row.score),
        number(row.label), "\(row.flips)", row.caption.isEmpty ? "(none)" : EscapedText.escape(row.caption),
      ]
    }
    return table([header] + lines)
  }

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
    return table(lines)
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

  /// Columns aligned to the right, but for the last.
  private static func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        if column == columns - 1 { return cell }
        return String(repeating: " ", count: widths[column] - cell.count) + cell
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
