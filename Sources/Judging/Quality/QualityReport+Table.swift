import Foundation

extension QualityReport {
  /// The report as people read it, a line a measure.
  public var table: String {
    var lines = [
      row("annotator", "\(annotator) \(version)"),
      row("messages", "\(messages), \(progress) of them progress"),
    ]
    if failed > 0 { lines.append(row("failed", "\(failed): \(failure ?? "")")) }
    lines += [
      row("abstention", percent(abstention)),
      row("accuracy", "\(estimate(accuracy))  of what was answered"),
      row("right of all", percent(rightOfAll)),
      row("AUC", estimate(areaUnderCurve)),
      row("accuracy at median", number(medianAccuracy)),
      row("Brier score", number(calibration?.brierScore)),
      row("calibration error", number(calibration?.expectedError)),
      row(
        "confusion",
        "progress \(confusion.truePositives) right, \(confusion.falseNegatives) missed; "
          + "other \(confusion.trueNegatives) right, \(confusion.falsePositives) taken for progress"),
      row("labels/s", labelsPerSecond.map { String(format: "%.1f", $0) } ?? "-"),
      row("tokens/label", promptTokens.map { "\(mean($0)) read, \(mean(answerTokens ?? 0)) written" } ?? "-"),
    ]
    if let pairs { lines += Self.lines(of: pairs) }
    if !categories.isEmpty { lines += ["", "category      messages  right  abstained"] + categories.map(line) }
    if let calibration { lines += ["", "probability  answers  predicted  observed"] + calibration.bins.map(line) }
    return lines.joined(separator: "\n")
  }

  private static func lines(of pairs: PositionBias) -> [String] {
    [
      row("pairs", "\(pairs.pairs), each in both orders; \(percent(pairs.abstention)) without an answer"),
      row("says \"first\"", percent(pairs.first)),
      row("consistent", percent(pairs.consistency)),
      row("pair accuracy", "\(number(pairs.accuracy)); \(number(pairs.consistentAccuracy)) where consistent"),
    ]
  }

  private func line(_ category: Category) -> String {
    category.name.padding(toLength: max(14, category.name.count + 2), withPad: " ", startingAt: 0)
      + String(format: "%8d %6d %10d", category.count, category.right, category.abstained)
  }

  private func line(_ bin: Calibration.Bin) -> String {
    let numbers = bin.count > 0 ? String(format: "%10.3f %9.3f", bin.predicted, bin.observed) : "         -         -"
    return String(format: "from %.2f   %8d ", bin.lowerBound, bin.count) + numbers
  }
}

private func row(_ name: String, _ value: String) -> String {
  name.padding(toLength: 20, withPad: " ", startingAt: 0) + value
}

private func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }
private func percent(_ value: Double?) -> String { value.map { String(format: "%.1f %%", $0 * 100) } ?? "-" }
private func mean(_ value: Double) -> String { String(format: "%.1f", value) }

private func estimate(_ value: QualityReport.Estimate?) -> String {
  value.map { String(format: "%.3f (%.3f to %.3f)", $0.value, $0.low, $0.high) } ?? "-"
}
