import Foundation

/// Label stores as tables for people.
public enum LabelReport {
  /// A run's folder has its store by this name.
  private static let storeName = "labels.sqlite"

  /// The store that a run's folder or a file's path means.
  public static func path(_ runOrFile: String) -> String {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: runOrFile, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? "\(runOrFile)/\(storeName)" : runOrFile
  }

  /// One line for each kind, version, goal and model, and the sum.
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
      "\(counts.answers) answers in all; standing: \(counts.labelled) labels, \(counts.positive) of them above zero, "
      + "\(counts.abstained) abstentions\n"
    return table(rows, leftColumns: 4) + sum
  }

  /// One line for each answer.
  /// - Parameter date: now, in seconds since 1970.
  public static func answers(_ records: [LabelRecord], date: Double) -> String {
    var rows = [["label", "log-odds", "model", "age", "caption"]]
    for record in records {
      var label = "abstained"
      if case .label(let value) = record.verdict { label = "\(value)" }
      rows.append([
        label, record.logOdds.map { number(Double($0), 2) } ?? "", record.evidence?.model ?? record.kind,
        age(date - record.answeredAt), EscapedText.escape(record.caption),
      ])
    }
    return table(rows, leftColumns: 5)
  }

  private static func age(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: "\(Int(max(0, seconds))) s"
    case ..<7_200: "\(Int(seconds / 60)) min"
    case ..<172_800: "\(Int(seconds / 3_600)) h"
    default: "\(Int(seconds / 86_400)) d"
    }
  }

  private static func number(_ value: Double, _ digits: Int) -> String {
    value.formatted(
      .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
  }

  /// Columns two spaces apart, the first `leftColumns` set to the left and the others to the right.
  private static func table(_ rows: [[String]], leftColumns: Int) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column < leftColumns ? row[column] + padding : padding + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }
}
